import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { describeEnds } from './collector-ends.js';

describeEnds('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'everspan-kill-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { store: `sqlite:${join(folder, 'spans.db')}` };
});
