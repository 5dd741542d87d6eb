import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { printOutcome } from '../../examples/document-questions/print-outcome.mjs';
import { describeWith, requireServer } from '../helpers/servers.js';
import { endedSpan, openSpan } from '../helpers/spans.js';

const runProgram = promisify(execFile);
const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** Against a hang: each demo starts a server and three processes, and builds workflows. */
const DEADLINE_MS = 240_000;

interface DemoOutput {
  readonly text: string;
  readonly answer: string | undefined;
  readonly opened: number;
  readonly closed: number;
}

/** What `npm run demo` prints with `args`, run to its end; it rejects where the demo ends with a code other than 0. */
async function runDemo(...args: string[]): Promise<DemoOutput> {
  // A Temporal server of its own: on the shared one its workflows, and its watchdog's schedule, would be among those of other tests.
  const { TEMPORAL_ADDRESS: _address, REDIS_URL: _url, OPENAI_BASE_URL: _model, ...rest } = process.env;
  const env = { ...rest, TEMPORAL_CLI_PATH: requireServer('temporalServer', 'path') };
  const program = [pathOf('../../scripts/demo.mjs'), ...args, pathOf('../../docs/analysis.md')];
  const { stdout: text } = await runProgram(process.execPath, program, { env, timeout: DEADLINE_MS });
  const [, opened, closed, folder] = /^(\d+) spans opened, (\d+) closed \(in (.+)\)$/m.exec(text) ?? [];
  onTestFinished(() => rmSync(dirname(folder ?? ''), { recursive: true, force: true }));
  return { text, answer: /^Answer: +(.+)$/m.exec(text)?.[1], opened: Number(opened), closed: Number(closed) };
}

describeWith('temporalServer')('the demo', () => {
  test('closes every span and gives the same answer, whether a worker was killed or not', { timeout: DEADLINE_MS }, async () => {
    const [killed, spared] = await Promise.all([runDemo(), runDemo('--no-kill')]);
    expect(killed.answer).toBeTruthy();
    expect(spared.answer).toBe(killed.answer);
    expect(killed.opened).toBeGreaterThan(5);
    expect(killed.closed).toBe(killed.opened);
    expect(spared.opened).toBeGreaterThan(5);
    expect(spared.closed).toBe(spared.opened);
    expect(killed.text).toMatch(
      /^worker \d+ was killed at \S+ with \d+ spans open: .*workflow answerQuestion.*activity answerFrom/m,
    );
    // The other worker took the activity over.
    expect(killed.text).toMatch(/attempt answerFrom +attempt +OK +\S+ \S+ +2 /);
    expect(spared.text).not.toMatch(/killed/);
  });

  test('says that it failed, and names the span, when one stays open', () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    const outcome = {
      question: 'Why?',
      result: { answer: 'So.', sources: [], passages: 1 },
      killed: undefined,
      givenUp: undefined,
      operations: [],
      spanFolder: 'spans',
    };
    const open = { span: openSpan('left open', { type: 'workflow' }) };
    const closed = { span: endedSpan('closed') };
    expect(printOutcome({ ...outcome, spans: [closed] })).toBe(true);
    expect(printOutcome({ ...outcome, spans: [] })).toBe(false);
    expect(printOutcome({ ...outcome, spans: [closed, open] })).toBe(false);
    expect(lines.at(-1)).toBe(`still open: workflow left open ${open.span.spanId}`);
  });
});
