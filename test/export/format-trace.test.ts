import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/export/display-width.js';
import type { Span } from '../../src/span/span.js';
import { formatTrace } from '../../src/export/format-trace.js';
import { CLOSED_SPAN, validSpans } from '../span/arbitraries.js';
import { COMPOSE, GREET, spanId, TRACE } from '../testing/sample-trace.js';

const firstRow = (spans: readonly Span[], options = {}): string => formatTrace(spans, options).split('\n')[1] as string;

describe('a trace as text', () => {
  it('is a tree with times, states and bars', () => {
    expect(
      formatTrace(TRACE, { width: 80, columns: { pid: (span) => span.resource['process.pid'] as number | undefined } }),
    ).toBe(
      [
        'span             type      status   duration  pid',
        'greet            workflow  OK         120 ms        |██████████████████████████|',
        '├─ compose       activity  OK          80 ms  4711  |  ██████████████████      |',
        '│  ├─ attempt 1  attempt   ERROR       30 ms        |  ███████                 |',
        '│  └─ attempt 2  attempt   OK          30 ms        |             ███████      |',
        '└─ wait          timer     RUNNING         …        |                   ██████>|',
      ].join('\n'),
    );
  });

  it('says so when there is nothing', () => {
    expect(formatTrace([])).toBe('(no spans)');
  });

  it('fits the width, whatever it holds, and shows every span on a line of its own', () => {
    fc.assert(
      fc.property(fc.array(validSpans, { minLength: 1, maxLength: 8 }), fc.integer({ min: 40, max: 200 }), (spans, width) => {
        const oneTrace = spans.map((span) => ({ ...span, traceId: GREET.traceId }));
        const lines = formatTrace(oneTrace, { width, columns: { host: (span) => JSON.stringify(span.resource) } }).split('\n');
        expect(lines).toHaveLength(oneTrace.length + 1);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('gives each of several traces its id and its own time line', () => {
    const later = { ...GREET, traceId: '1'.repeat(32), startTime: GREET.startTime * 2, endTime: GREET.startTime * 2 + 5 };
    const text = formatTrace([GREET, later]);
    expect(text).toContain(`trace ${GREET.traceId}\n`);
    expect(text).toContain(`\n\ntrace ${later.traceId}\n`);
    expect(text.match(/█{40}/g)).toHaveLength(2);
  });

  it.each([
    ['a parent that is not there', [{ ...COMPOSE, parentId: spanId(99) }]],
    ['a span that is its own parent', [{ ...COMPOSE, parentId: COMPOSE.spanId }]],
    ['a ring of parents', [{ ...GREET, parentId: COMPOSE.spanId }, COMPOSE]],
    [
      'a span below a ring',
      [{ ...CLOSED_SPAN, startTime: 1, parentId: GREET.spanId }, { ...GREET, parentId: COMPOSE.spanId }, COMPOSE],
    ],
    ['the same span twice', [COMPOSE, COMPOSE, GREET]],
  ])('shows every span in spite of %s', (_what, spans) => {
    expect(formatTrace(spans).split('\n')).toHaveLength(spans.length + 1);
  });

  it.each([
    [0, '0 µs'],
    [999, '999 µs'],
    [1_000, '1.0 ms'],
    [12_345, '12 ms'],
    [1_500_000, '1.5 s'],
    [61_000_000, '1 min 1 s'],
    [7_380_000_000, '2 h 3 min'],
    [-5, '0 µs'],
  ])('shows %i microseconds as %s', (micros, text) => {
    expect(firstRow([{ ...GREET, endTime: GREET.startTime + micros }])).toContain(`  ${text}  |`);
  });

  it('draws a chain of 20,000 spans, and says the depth where it no longer draws it', () => {
    const chain = Array.from({ length: 20_000 }, (_, depth) => ({
      ...GREET,
      spanId: spanId(depth + 1),
      ...(depth === 0 ? {} : { parentId: spanId(depth) }),
      startTime: GREET.startTime + depth,
    }));
    const lines = formatTrace(chain).split('\n');
    expect(lines).toHaveLength(chain.length + 1);
    expect(lines.at(-1)).toMatch(/^\(19999\) greet /);
  });

  it('lines columns up behind names in wide characters', () => {
    const lines = formatTrace([GREET, { ...COMPOSE, name: '挨拶を書く 🙂' }], { width: 70 }).split('\n');
    expect(lines[2]).toContain('└─ 挨拶を書く 🙂');
    const columns = lines.map((line) => displayWidth(line.slice(0, line.search(/type|workflow|activity/))));
    expect(new Set(columns).size).toBe(1);
  });

  it('paints names, states and bars without moving them', () => {
    const painted = formatTrace(TRACE, { paint: (text, part) => `<${part}>${text}</${part}>` });
    expect(painted).toContain('<status>ERROR  </status>');
    expect(painted.replaceAll(/<[/a-z]+>/g, '').replaceAll(/ +$/gm, '')).toBe(formatTrace(TRACE));
  });

  it('does not let a name break its line', () => {
    expect(formatTrace([{ ...GREET, name: 'two\nlines\u2028and\tmore' }])).toContain('two lines and more');
  });
});
