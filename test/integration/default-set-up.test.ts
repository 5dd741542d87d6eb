import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { parseJsonlRow } from '../../src/wire/parse-jsonl-row.js';
import { patientContext } from '../processors/sample-span.js';
import { describeWith } from '../helpers/servers.js';
import { activity, startedRun } from '../helpers/span-patterns.js';
import { temporalAddress, uniqueQueue } from '../helpers/temporal.js';
import { expectWholeTrace } from '../helpers/whole-trace.js';

const runProgram = promisify(execFile);
const program = fileURLToPath(new URL('./default-set-up-main.mjs', import.meta.url));
const workflowsPath = fileURLToPath(new URL('./workflows/plain.ts', import.meta.url));

describeWith('temporalServer')('new EverspanPlugin(), on its own', () => {
  test('traces to files under ./.everspan, says so once, and leaves nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'everspan-default-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { SGP_API_KEY: _key, SGP_ACCOUNT_ID: _account, ...env } = process.env;
    const args = [temporalAddress(), uniqueQueue('default'), workflowsPath, 'plain'];
    const { stderr } = await runProgram(process.execPath, [program, ...args], { cwd: folder, env });

    expect(stderr.split('\n').filter((line) => line.startsWith('everspan'))).toEqual([
      expect.stringContaining('spans go to JSONL files under ./.everspan/'),
    ]);
    expect(readdirSync(folder)).toEqual(['.everspan']);
    const memory = new InMemoryProcessor();
    for (const file of readdirSync(join(folder, '.everspan')).filter((name) => name.endsWith('.jsonl'))) {
      const rows = readFileSync(join(folder, '.everspan', file), 'utf8')
        .trimEnd()
        .split('\n');
      await memory.end(rows.map(parseJsonlRow), patientContext());
    }
    expectWholeTrace(memory, [startedRun('plain', [activity('step')])]);
  });
});
