import { hash } from 'node:crypto';

/** Longer text is shortened where it is compared and listed, since an index entry has a limit; the span itself keeps it whole. */
const COMPARED_LENGTH_MAX = 365;
const BEGINNING_LENGTH = 300;
/** Begins what is written another way than it reads. */
const ESCAPE = '\u0001';

/** `text` as stores compare and list it: itself up to 365 UTF-16 units, else its beginning and its SHA-256, so that no two texts meet. */
export function comparedText(text: string): string {
  if (text.length <= COMPARED_LENGTH_MAX) return text;
  return `${text.slice(0, BEGINNING_LENGTH)}…${hash('sha256', JSON.stringify(text), 'hex')}`;
}

/** `text` as a database takes it, reversibly: none keeps lone surrogates, PostgreSQL takes no NUL. */
export function toColumn(text: string): string {
  if (text.isWellFormed() && !text.includes('\0') && !text.startsWith(ESCAPE)) return text;
  return ESCAPE + JSON.stringify(text).replaceAll('\u0001', '\\u0001');
}

/** The text that `toColumn` made `column` of. */
export function fromColumn(column: string): string {
  return column.startsWith(ESCAPE) ? (JSON.parse(column.slice(1)) as string) : column;
}
