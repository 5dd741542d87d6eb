import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { GREET, TRACE } from '../testing/sample-trace.js';
import { BUILT_MAIN, everspan } from './run-everspan.js';
import { emptyFolder, spanFolder } from './span-folder.js';

describe('everspan', () => {
  it('shows its help without loading what commands need', async () => {
    const { code, stdout, stderr } = await everspan(['--help'], { env: { NODE_OPTIONS: '--trace-warnings' } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Exit codes:');
    expect(stdout).toContain('trace');
  });

  it.each([
    [['bogus'], 2, "unknown command 'bogus'"],
    [['trace', 'lst'], 2, "unknown command 'lst' (Did you mean list?)"],
    [['trace', 'list', '--bogus'], 2, "unknown option '--bogus'"],
    [['trace', 'list', '--limit', 'x'], 2, 'a whole number from 1 is wanted'],
    [['trace', 'list', '--since', 'x'], 2, 'a time like 2026-05-11T12:00:00Z'],
    [
      ['trace', 'analyze', 'w', '-f', 'x'],
      2,
      'Allowed choices are rich, critical-path, cp, end-to-end, e2e, queuing, lineage, json',
    ],
    [['trace', 'fetch', 'x', 'w'], 2, 'Allowed choices are spans, assets, lineage'],
    [['trace', 'list', '--from', 'a', '--store', 'b'], 2, 'cannot be used with'],
    [['trace', 'show'], 2, "missing required argument 'id'"],
    [['trace', 'list', '--from', '/nowhere/at/all'], 3, 'no such folder: /nowhere/at/all'],
  ])('answers %j with exit code %i and one line', async (args, exitCode, part) => {
    const { code, stdout, stderr } = await everspan(args);
    expect(code).toBe(exitCode);
    expect(stdout).toBe('');
    expect(stderr).toContain(part);
    expect(stderr).toMatch(/^everspan: [^\n]+\n$/);
  });

  it('says that a trace is not there, and where it looked', async () => {
    const folder = spanFolder(TRACE);
    const { code, stderr } = await everspan(['trace', 'show', 'f'.repeat(32), '--from', folder]);
    expect(code).toBe(3);
    expect(stderr).toBe(`everspan: no trace or workflow ${'f'.repeat(32)} in folder ${folder}\n`);
  });

  it('asks where the traces are when nothing says so', async () => {
    const { code, stderr } = await everspan(['trace', 'list'], { cwd: emptyFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain('--server URL, --store URL or --from DIR');
  });

  it('shows a stack only where EVERSPAN_DEBUG is set', async () => {
    const args = ['trace', 'list', '--from', '/nowhere'];
    expect((await everspan(args)).stderr).not.toContain('    at ');
    expect((await everspan(args, { env: { EVERSPAN_DEBUG: '1' } })).stderr).toContain('    at ');
  });

  it('colours only where it is asked to, in a pipe', async () => {
    const args = ['trace', 'show', GREET.traceId, '--from', spanFolder(TRACE)];
    const plain = await everspan(args);
    expect(plain.stdout).not.toContain('\u001b');
    const coloured = await everspan(args, { env: { FORCE_COLOR: '1' } });
    expect(coloured.stdout).toContain('\u001b[31m');
    // oxlint-disable-next-line no-control-regex -- Colours begin with one.
    expect(coloured.stdout.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain.stdout);
    expect((await everspan(args, { env: { NO_COLOR: '1' } })).stdout).toBe(plain.stdout);
  });

  it('lets no name of a span steer the terminal', async () => {
    const hostile = TRACE.map((span) => ({
      ...span,
      name: `\u001b]0;owned\u0007${span.name}\u202e`,
      statusMessage: '\u001b[2J',
    }));
    for (const command of [['show', GREET.traceId], ['list'], ['tail', '--all', '--count', '5']]) {
      const { stdout } = await everspan(['trace', ...command, '--from', spanFolder(hostile)]);
      expect(stdout).toContain('owned');
      // oxlint-disable-next-line no-control-regex -- Control characters are what must not be there.
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });

  it('ends quietly when its reader goes away', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({ ...GREET, spanId: (index + 1).toString(16).padStart(16, '0') }));
    const child = spawn(process.execPath, [BUILT_MAIN, 'trace', 'show', 'greet-7', '--from', spanFolder(many), '-f', 'jsonl']);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
