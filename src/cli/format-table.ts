import { cutText, displayWidth, oneLine } from '../export/display-width.js';
import { shortIds } from './short-ids.js';
import type { TextStyle } from './text-style.js';

/** One column: what it shows of a row. */
export interface TableColumn<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => string | number | undefined;
  readonly align?: 'right';
  /** What gives way where the terminal is too narrow: `end` is cut at its end, `id` in the middle while no two look alike. Never cut where absent. */
  readonly shrinks?: 'end' | 'id';
  /** Colours a cell that has its final width. */
  readonly paint?: (text: string, row: Row) => string;
}

export interface TableOptions {
  /** Columns of the terminal; nothing is cut where it is `undefined`, as for a pipe. */
  readonly width: number | undefined;
  readonly style: TextStyle;
}

const GAP = '  ';
const SHRUNK_WIDTH_MIN = 8;
const SHRUNK_ID_WIDTH_MIN = 13;

/** `rows` as a table with a line of headings, each line ending with a line break. Control characters in cells become spaces. */
export function formatTable<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[], options: TableOptions): string {
  const cells = rows.map((row) => columns.map((column) => oneLine(String(column.cell(row) ?? ''))));
  const widths = columns.map((column, index) => widest([column.heading, ...cells.map((row) => row[index] as string)]));
  shrink(columns, cells, widths, options.width);
  const heading = columns.map((column, index) => align(column.heading, widths[index] as number, column.align));
  const lines = rows.map((row, rowIndex) => {
    const texts = columns.map((column, index) => {
      const text = align((cells[rowIndex] as string[])[index] as string, widths[index] as number, column.align);
      return column.paint === undefined ? text : column.paint(text, row);
    });
    return texts.join(GAP).trimEnd();
  });
  return [options.style.dim(heading.join(GAP).trimEnd()), ...lines].map((line) => `${line}\n`).join('');
}

/** Cuts cells in place, until the lines fit or nothing more may be cut. */
function shrink<Row>(
  columns: readonly TableColumn<Row>[],
  cells: readonly string[][],
  widths: number[],
  width: number | undefined,
): void {
  if (width === undefined) return;
  for (const kind of ['end', 'id'] as const) {
    const shrinking = columns.flatMap((column, index) => (column.shrinks === kind ? [index] : []));
    const least = kind === 'end' ? SHRUNK_WIDTH_MIN : SHRUNK_ID_WIDTH_MIN;
    for (let excess = lineWidth(widths) - width; excess > 0; excess -= 1) {
      const broadest = shrinking.reduce<number | undefined>(
        (best, index) => (best === undefined || (widths[index] as number) > (widths[best] as number) ? index : best),
        undefined,
      );
      if (broadest === undefined || (widths[broadest] as number) <= least) break;
      widths[broadest] = (widths[broadest] as number) - 1;
    }
    for (const index of shrinking) {
      const column = cells.map((row) => row[index] as string);
      const target = widths[index] as number;
      const short = kind === 'id' ? shortIds(column, target) : new Map(column.map((cell) => [cell, cutText(cell, target)]));
      for (const row of cells) row[index] = short.get(row[index] as string) as string;
      widths[index] = widest([(columns[index] as TableColumn<Row>).heading, ...cells.map((row) => row[index] as string)]);
    }
  }
}

function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, displayWidth(text)), 0);
}

function align(text: string, width: number, side: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return side === 'right' ? space + text : text + space;
}
