import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Span } from '../../src/span/span.js';
import { toJsonlRow } from '../../src/wire/jsonl-row.js';

/** A folder that goes away with the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'everspan-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** `spans` as `JsonlProcessor` writes them. */
export function rowsText(spans: readonly Span[]): string {
  return spans.map((span) => `${JSON.stringify(toJsonlRow(span))}\n`).join('');
}

/** A folder with files, by their paths in it. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = emptyFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A folder as a worker leaves it: the spans' file of one process. */
export function spanFolder(spans: readonly Span[]): string {
  return folderOf({ 'spans-host-1.jsonl': rowsText(spans) });
}
