import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../artefacts/task-rows.js';
import { describeWith } from '../helpers/servers.js';
import { temporalAddress, uniqueQueue } from '../helpers/temporal.js';
import { startNode } from '../processors/child-process.js';

const MAIN = new URL('./client-process-main.mjs', import.meta.url).pathname;

describeWith('temporalServer')('a process that has a client only', () => {
  test('sends its spans before it ends, without being told to', async () => {
    const folder = temporaryFolder();
    const { said, code } = await runClient({ folder });
    expect(code).toBe(0);
    expect(said).toMatchObject({ delivered: 1, dropped: {}, warnings: [] });
    const rows = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(rows.join('')).toContain('"start workflow nobody"');
  });

  test('ends when its time to send is over, and says what is lost', async () => {
    const { said, code } = await runClient({});
    expect(code).toBe(0);
    expect(said).toMatchObject({ delivered: 0, dropped: { shutdown: 1 } });
    expect(said.warnings.join('\n')).toMatch(/lost 1 span/);
  });
});

async function runClient(options: { folder?: string }) {
  const child = startNode([MAIN, JSON.stringify({ address: temporalAddress(), workflowId: uniqueQueue('client'), ...options })]);
  const said = JSON.parse(await child.nextLine()) as { delivered: number; dropped: object; warnings: string[] };
  return { said, code: await child.exit() };
}
