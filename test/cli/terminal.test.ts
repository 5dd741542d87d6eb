import { describe, expect, it } from 'vitest';
import type { CliIo, CliStream } from '../../src/cli/cli-io.js';
import { runCli } from '../../src/cli/run-cli.js';
import { displayWidth } from '../../src/export/display-width.js';
import type { Span } from '../../src/span/span.js';
import { GREET, TRACE } from '../testing/sample-trace.js';
import { spanFolder } from './span-folder.js';

/** A terminal of `columns`, and what was written to it. */
function terminal(columns: number): { readonly io: CliIo; readonly said: { stdout: string; stderr: string } } {
  const said = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr'): CliStream => ({
    isTerminal: true,
    columns,
    write: async (text) => {
      said[name] += text;
    },
  });
  const io: CliIo = {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    env: {},
    cwd: process.cwd(),
    interruption: () => new AbortController().signal,
  };
  return { io, said };
}

// oxlint-disable-next-line no-control-regex -- Colours begin with one.
const withoutColours = (text: string): string => text.replaceAll(/\u001b\[\d*m/g, '');

/** Traces of workflows whose ids differ in their last digit only. */
const MANY: readonly Span[] = Array.from({ length: 9 }, (_, index) => ({
  ...GREET,
  traceId: `01981f2a3b4c7d5e8f60718293a4b5c${index}`,
  name: 'a workflow with quite a long name',
  startTime: GREET.startTime + index,
  attributes: { 'temporal.workflow.id': `answer-to-a-question-that-was-asked-in-tokyo-170000000000${index}` },
}));

describe('on a terminal', () => {
  it.each([80, 100, 200])('of %i columns a list fits, and no two ids look alike', async (columns) => {
    const { io, said } = terminal(columns);
    expect(await runCli(['trace', 'list', '--from', spanFolder(MANY)], io)).toBe(0);
    const [, ...lines] = withoutColours(said.stdout).trimEnd().split('\n');
    expect(new Set(lines.map((line) => line.split(/ {2,}/)[0])).size).toBe(MANY.length);
    expect(new Set(lines.map((line) => line.split(/ {2,}/).at(-1))).size).toBe(MANY.length);
    if (columns >= 100) for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  });

  it.each([50, 80, 120])('of %i columns a tree fits, in colours', async (columns) => {
    const { io, said } = terminal(columns);
    expect(await runCli(['trace', 'show', GREET.traceId, '--from', spanFolder(TRACE)], io)).toBe(0);
    expect(said.stdout).toContain('\u001b[');
    const [, ...tree] = withoutColours(said.stdout).split('\n\n')[0]?.split('\n').slice(0, -2) ?? [];
    expect(tree).toHaveLength(TRACE.length + 1);
    for (const line of tree) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  });

  it('shows on stderr how far it has read, and takes it away', async () => {
    const { io, said } = terminal(80);
    expect(await runCli(['trace', 'list', '--from', spanFolder(MANY)], io)).toBe(0);
    const eraseLine = '\r\u001b[K';
    expect(said.stderr).toBe(`${eraseLine}reading 100 % of 0.0 MB${eraseLine}`);
  });
});
