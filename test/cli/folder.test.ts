import { appendFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Span } from '../../src/span/span.js';
import { parseJsonlRow } from '../../src/wire/parse-jsonl-row.js';
import { OTLP_TRACES } from '../export/published-shapes.js';
import { CLOSED_TRACE, GREET, TRACE, WAIT } from '../testing/sample-trace.js';
import { everspan, startEverspan } from './run-everspan.js';
import { emptyFolder, folderOf, rowsText, spanFolder } from './span-folder.js';

const fixtures = fileURLToPath(new URL('../fixtures/flowmesh', import.meta.url));
const LATER: Span = {
  ...GREET,
  traceId: 'b'.repeat(32),
  name: 'later',
  attributes: {},
  startTime: GREET.startTime + 5_000_000,
  endTime: GREET.startTime + 5_000_010,
};

describe('everspan trace list, of a folder', () => {
  it('lists traces, newest first, with what became of them', async () => {
    const { code, stdout } = await everspan(['trace', 'list', '--from', spanFolder([...TRACE, LATER])]);
    const [heading, first, second, ...rest] = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(heading).toMatch(/^trace +name +status +started \(UTC\) +duration +spans +open +errors +workflow$/);
    expect(first).toMatch(new RegExp(`^${LATER.traceId}  later  OK .* 10 µs +1$`));
    expect(second).toMatch(new RegExp(`^${GREET.traceId}  greet  OK .* … +5 +1 +1  greet-7$`));
    expect(rest).toEqual([]);
  });

  it('filters and pages, as JSON for machines', async () => {
    const folder = spanFolder([...TRACE, LATER]);
    const list = async (...args: string[]): Promise<{ traces: { name: string }[]; cursor?: string }> => {
      const { stdout } = await everspan(['trace', 'list', '--from', folder, '-f', 'json', ...args]);
      return JSON.parse(stdout) as { traces: { name: string }[]; cursor?: string };
    };
    const first = await list('--limit', '1');
    expect(first.traces.map(({ name }) => name)).toEqual(['later']);
    const second = await list('--limit', '1', '--cursor', first.cursor as string);
    expect(second.traces.map(({ name }) => name)).toEqual(['greet']);
    expect(second).not.toHaveProperty('cursor');
    const names = async (...args: string[]): Promise<string[]> => (await list(...args)).traces.map(({ name }) => name);
    expect(await names('--workflow', 'greet-7')).toEqual(['greet']);
    expect(await names('--open')).toEqual(['greet']);
    expect(await names('--no-errors')).toEqual(['later']);
    expect(await names('--oldest')).toEqual(['greet', 'later']);
    expect(await names('--since', '1970-01-01T00:16:44Z')).toEqual(['later']);
    expect(await names('--max-duration', '1ms')).toEqual(['later']);
    expect(await names('--name', 'none')).toEqual([]);
  });
});

describe('everspan trace show, of a folder', () => {
  it('draws the tree, with durations, attempts and status', async () => {
    const { code, stdout } = await everspan(['trace', 'show', GREET.traceId, '--from', spanFolder(TRACE)]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        `trace ${GREET.traceId}`,
        'span             type      status   duration  attempt  path',
        'greet            workflow  OK         120 ms           8 %   |████████████████████████████████████████|',
        '├─ compose       activity  OK          80 ms           17 %  |   ███████████████████████████          |',
        '│  ├─ attempt 1  attempt   ERROR       30 ms  1        25 %  |   ██████████                           |',
        '│  └─ attempt 2  attempt   OK          30 ms  2        25 %  |                    ██████████          |',
        '└─ wait          timer     RUNNING         …           25 %  |                              █████████>|',
        '5 spans, 1 open, 1 failed; critical path 120 ms: active 50 %, queue 8 %, backoff 17 %, timer 25 %, so far',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['its id', GREET.traceId],
    [
      'its id as a UUID in capitals',
      `${'0'.repeat(0)}${GREET.traceId}`.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5').toUpperCase(),
    ],
    ['its workflow', 'greet-7'],
    ['its id as a narrow list cuts it', `${GREET.traceId.slice(0, 6)}…${GREET.traceId.slice(-6)}`],
  ])('finds the trace by %s', async (_by, id) => {
    const { stdout } = await everspan(['trace', 'show', id, '--from', spanFolder([...TRACE, LATER]), '-f', 'json']);
    const shown = JSON.parse(stdout) as { traceId: string; spans: Span[] };
    expect(shown.traceId).toBe(GREET.traceId);
    expect(new Map(shown.spans.map((span) => [span.spanId, span]))).toEqual(new Map(TRACE.map((span) => [span.spanId, span])));
  });

  it('takes no cut id that stands for several', async () => {
    const { code, stderr } = await everspan(['trace', 'show', '…', '--from', spanFolder([...TRACE, LATER])]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'everspan: … stands for 2 traces: give the id whole\n' });
  });

  it('keeps of each span the greater event, from whichever file', async () => {
    const folder = folderOf({ 'a.jsonl': rowsText(CLOSED_TRACE), 'b/c.jsonl': rowsText([WAIT]) });
    const { stdout } = await everspan(['trace', 'show', 'greet-7', '--from', folder, '-f', 'jsonl']);
    const spans = stdout.trimEnd().split('\n').map(parseJsonlRow);
    expect(spans.map((span) => span.status)).not.toContain('RUNNING');
    expect(spans).toHaveLength(5);
  });

  it('shows foreign rows, by the trace id that their workflow stands for too', async () => {
    const folder = `${fixtures}/two_branch_synthesis`;
    const { stdout } = await everspan(['trace', 'show', 'wfl-fbad6be5-c443-4181-a2d3-94eac830dea1', '--from', folder]);
    expect(stdout).toContain('├─ model load       compute  OK         3.0 s');
    expect(stdout).toContain('9 spans');
  });

  it('shows attributes as columns', async () => {
    const args = ['trace', 'show', 'greet-7', '--from', spanFolder(TRACE), '--column', 'process.pid', 'temporal.workflow.id'];
    const { stdout } = await everspan(args);
    expect(stdout).toMatch(/compose .* 4711 /);
    expect(stdout).toMatch(/greet .* greet-7 /);
  });
});

describe('everspan trace fetch, of a folder', () => {
  it.each(['spans', 'assets', 'lineage'])('writes the rows of %s as they are', async (type) => {
    const folder = `${fixtures}/two_branch_synthesis`;
    const { code, stdout } = await everspan(['trace', 'fetch', type, 'wfl-1', '--from', folder]);
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(`${folder}/${type}.jsonl`, 'utf8'));
  });

  it('writes a file whole, in place of the old one', async () => {
    const folder = emptyFolder();
    const target = join(folder, 'rows.jsonl');
    writeFileSync(target, 'old');
    const from = `${fixtures}/two_branch_synthesis`;
    const { code, stdout } = await everspan(['trace', 'fetch', 'lineage', 'wfl-1', '--from', from, '-o', 'rows.jsonl'], {
      cwd: folder,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(readFileSync(target, 'utf8')).toBe(readFileSync(`${from}/lineage.jsonl`, 'utf8'));
    expect(readdirSync(folder)).toEqual(['rows.jsonl']);
  });

  it('leaves the old file where the new one cannot be made', async () => {
    const folder = emptyFolder();
    const { code, stderr } = await everspan([
      'trace',
      'fetch',
      'spans',
      'w',
      '--from',
      fixtures,
      '-o',
      join(folder, 'no/such/file'),
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^everspan: .*no\/such\/file cannot be written: ENOENT\n$/);
  });
});

describe('everspan trace export, of a folder', () => {
  it('writes traces once each, whatever names them', async () => {
    const folder = spanFolder([...TRACE, LATER]);
    const { stdout } = await everspan(['trace', 'export', 'greet-7', GREET.traceId, LATER.traceId, '--from', folder]);
    const { resourceSpans } = OTLP_TRACES.parse(JSON.parse(stdout));
    const names = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map((span) => span.name)));
    expect(names.toSorted()).toEqual(['attempt 1', 'attempt 2', 'compose', 'greet', 'later']);
  });

  it('takes open spans in where asked, into a file', async () => {
    const folder = spanFolder(TRACE);
    const target = join(emptyFolder(), 'trace.html');
    await everspan(['trace', 'export', 'greet-7', '--from', folder, '-f', 'html', '--no-open', '-o', target]);
    expect(readFileSync(target, 'utf8')).not.toContain('"wait"');
    await everspan(['trace', 'export', 'greet-7', '--from', folder, '-f', 'html', '--open', '-o', target]);
    expect(readFileSync(target, 'utf8')).toContain('"wait"');
  });
});

describe('everspan trace tail, of a folder', () => {
  it('shows what is appended, also to files that come later and lines that come in parts, until Ctrl-C', async () => {
    const folder = spanFolder([LATER]);
    const tail = startEverspan(['trace', 'tail', '--from', folder, '--all']);
    await tail.waitFor('later');
    const file = join(folder, 'spans-host-2.jsonl');
    const row = rowsText([GREET]);
    writeFileSync(file, row.slice(0, 100));
    appendFileSync(file, row.slice(100));
    await tail.waitFor(/OK .* workflow greet 120 ms/);
    tail.process.kill('SIGINT');
    expect(await tail.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  it('ends after --count, with rows for machines', async () => {
    const args = ['trace', 'tail', 'greet-7', '--from', spanFolder([LATER, ...TRACE]), '--all', '--count', '2', '-f', 'jsonl'];
    const { code, stdout } = await everspan(args);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').map(parseJsonlRow)).toEqual(TRACE.slice(0, 2));
  });
});
