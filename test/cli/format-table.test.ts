import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTable, type TableColumn } from '../../src/cli/format-table.js';
import { shortIds } from '../../src/cli/short-ids.js';
import { textStyle } from '../../src/cli/text-style.js';
import { displayWidth } from '../../src/export/display-width.js';
import { anyText } from '../span/arbitraries.js';

const pipe = { isTerminal: false, columns: undefined, write: async () => undefined };
const terminal = { ...pipe, isTerminal: true, columns: 80 };
const style = textStyle(pipe, {});

interface Row {
  readonly id: string;
  readonly name: string;
  readonly count: number;
}

const COLUMNS: readonly TableColumn<Row>[] = [
  { heading: 'id', cell: (row) => row.id, shrinks: 'id' },
  { heading: 'name', cell: (row) => row.name, shrinks: 'end' },
  { heading: 'count', cell: (row) => row.count, align: 'right' },
];

describe('a table', () => {
  it('lines its columns up', () => {
    const rows = [
      { id: 'a', name: 'first', count: 7 },
      { id: 'bb', name: '二', count: 1_000 },
    ];
    expect(formatTable(COLUMNS, rows, { width: undefined, style })).toBe(
      ['id  name   count', 'a   first      7', 'bb  二      1000', ''].join('\n'),
    );
  });

  it('fits the terminal by cutting names first, then ids in their middle', () => {
    const rows = [
      { id: 'answer-question-1700000000001', name: 'a long name of a workflow', count: 1 },
      { id: 'answer-question-1700000000002', name: 'short', count: 2 },
    ];
    const table = formatTable(COLUMNS, rows, { width: 40, style });
    expect(table).toBe(
      [
        `id${' '.repeat(23)}name      count`,
        'answer-ques…00000000001  a long …      1',
        'answer-ques…00000000002  short         2',
        '',
      ].join('\n'),
    );
  });

  it('is never wider than the terminal while ids stay apart, whatever it holds', () => {
    const rows = fc.array(fc.record({ id: fc.uuid(), name: anyText, count: fc.nat(999) }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 60, max: 120 }), (drawn, width) => {
        const lines = formatTable(COLUMNS, drawn, { width, style }).split('\n').slice(0, -1);
        expect(lines).toHaveLength(drawn.length + 1);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('short ids', () => {
  it('are cut in the middle', () => {
    expect(shortIds(['0198f2a3b4c7d5e8', 'x'], 9)).toEqual(
      new Map([
        ['0198f2a3b4c7d5e8', '0198…d5e8'],
        ['x', 'x'],
      ]),
    );
  });

  it('never look alike', () => {
    const ids = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', '…', '漢'), maxLength: 12 }), { maxLength: 40 });
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 10 }), (all, width) => {
        expect(new Set(shortIds(all, width).values()).size).toBe(all.length);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('colours', () => {
  it.each([
    ['a terminal', terminal, {}, true],
    ['a pipe', pipe, {}, false],
    ['a terminal, NO_COLOR', terminal, { NO_COLOR: '1' }, false],
    ['a terminal, NO_COLOR empty', terminal, { NO_COLOR: '' }, true],
    ['a pipe, FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, true],
    ['a terminal, FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
    ['both variables', pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
  ] as const)('on %s', (_what, stream, env, hasColours) => {
    expect(textStyle(stream, env).red('x')).toBe(hasColours ? '\u001b[31mx\u001b[39m' : 'x');
  });
});
