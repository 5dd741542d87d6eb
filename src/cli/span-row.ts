import type { Span } from '../span/span.js';
import { isObject } from '../span/validate-span.js';
import { spanFromForeignRow } from './foreign-row.js';
import { ROW_ATTRIBUTES } from '../wire/jsonl-row.js';
import { spanFromJsonlRow } from '../wire/parse-jsonl-row.js';

/** Whether everspan wrote the row: then it reads back as the very span, else as near as its shape lets it. */
export function isOwnRow(row: Readonly<Record<string, unknown>>): boolean {
  return isObject(row['attributes']) && row['attributes'][ROW_ATTRIBUTES.status] !== undefined;
}

/** The span of a row, whoever wrote it. @throws InvalidSpanError when it says no valid span. */
export function spanFromRow(row: Readonly<Record<string, unknown>>): Span {
  return isOwnRow(row) ? spanFromJsonlRow(row) : spanFromForeignRow(row);
}
