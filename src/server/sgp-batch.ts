import { randomUUID } from 'node:crypto';
import type { Span } from '../span/span.js';
import { isObject } from '../span/validate-span.js';
import { isGiven } from './is-given.js';
import { CollectorError } from './errors.js';
import { jsonProblem } from './json-problem.js';
import type { CollectorLimits } from './limits.js';
import { describeIssues } from './route.js';
import { type RowError, sgpItemSchema, type SgpRow } from './sgp-item-schema.js';
import { type SgpRowWithId, sgpToSpan } from './sgp-to-span.js';

/** A refused row, and the status that a request with it alone would get. */
export interface RefusedRow extends RowError {
  readonly status: number;
}

/** The rows of a batch: those that are good, in order, and why the others are not. */
export interface ReadBatch {
  readonly spans: readonly Span[];
  /** The row of each span. */
  readonly rows: readonly SgpRowWithId[];
  readonly refused: readonly RefusedRow[];
}

/**
 * Reads the body of a batch row by row: a bad row costs itself only.
 *
 * @param bodyBytes - Size of the body; a body smaller than a row may be has no row that is too large.
 * @throws CollectorError when the body is no batch.
 */
export function readBatch(body: unknown, bodyBytes: number, limits: CollectorLimits): ReadBatch {
  const items = isObject(body) ? body['items'] : undefined;
  if (!Array.isArray(items)) throw new CollectorError(422, 'INVALID_BODY', 'a batch must be an object with a list `items`');
  if (items.length > limits.batchItems) {
    throw new CollectorError(422, 'TOO_MANY_ROWS', `a batch may have ${limits.batchItems} items, this one has ${items.length}`);
  }
  const refused: RefusedRow[] = [];
  const rows: { readonly index: number; readonly row: SgpRowWithId }[] = [];
  const attempt = (index: number, id: unknown, read: () => void): void => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof CollectorError)) throw error;
      const { status, code, message } = error;
      refused.push({ index, ...(typeof id === 'string' ? { id: id.slice(0, 256) } : {}), code, message, status });
    }
  };
  for (const [index, item] of (items as unknown[]).entries()) {
    attempt(index, isObject(item) ? item['id'] : undefined, () => {
      if (bodyBytes > limits.rowBytes) checkSize(item, limits.rowBytes);
      rows.push({ index, row: parseRow(item) });
    });
  }
  const family = familyOf(rows.map(({ row }) => row));
  const spans: Span[] = [];
  const goodRows: SgpRowWithId[] = [];
  for (const { index, row } of rows) {
    attempt(index, row.id, () => {
      checkParents(row, family);
      spans.push(sgpToSpan(row));
      goodRows.push(row);
    });
  }
  return { spans, rows: goodRows, refused: refused.sort((a, b) => a.index - b.index) };
}

/** @throws CollectorError `INVALID_ROW`. */
export function parseRow(item: unknown): SgpRowWithId {
  const parsed = sgpItemSchema.safeParse(item);
  if (!parsed.success) throw new CollectorError(422, 'INVALID_ROW', describeIssues(parsed.error));
  // The row itself and not what the schema made of it, which lacks a key `__proto__`.
  const row = item as SgpRow;
  return isGiven(row.id) ? (row as SgpRowWithId) : { ...row, id: randomUUID() };
}

function checkSize(item: unknown, rowBytes: number): void {
  const problem = jsonProblem(item);
  if (problem !== undefined) throw new CollectorError(422, 'INVALID_ROW', problem);
  const bytes = Buffer.byteLength(JSON.stringify(item) ?? '');
  if (bytes > rowBytes)
    throw new CollectorError(413, 'ROW_TOO_LARGE', `a span may have ${rowBytes} bytes, this one has ${bytes}`);
}

/** By id. */
type Family = ReadonlyMap<string, FamilyMember>;

interface FamilyMember {
  readonly traceId: string;
  /** More traces, where rows of several have this id. */
  otherTraces?: Set<string>;
  readonly parentId: string | null | undefined;
}

function familyOf(rows: readonly SgpRowWithId[]): Family {
  const family = new Map<string, FamilyMember>();
  for (const { id, trace_id: traceId, parent_id: parentId } of rows) {
    const known = family.get(id);
    if (known === undefined) family.set(id, { traceId, parentId });
    else if (known.traceId !== traceId) (known.otherTraces ??= new Set()).add(traceId);
  }
  return family;
}

// Within the batch only: the rows that are kept already are not read for it.
function checkParents(row: SgpRowWithId, family: Family): void {
  if (!isGiven(row.parent_id)) return;
  const parent = family.get(row.parent_id);
  if (parent === undefined) return;
  if (parent.traceId !== row.trace_id && parent.otherTraces?.has(row.trace_id) !== true) {
    throw new CollectorError(409, 'PARENT_CONFLICT', `the parent ${row.parent_id} is of another trace`);
  }
  let ancestorId: string | null | undefined = row.parent_id;
  // A ring above this row that it is no part of is walked around once at most.
  for (let steps = 0; isGiven(ancestorId) && steps <= family.size; steps += 1) {
    if (ancestorId === row.id) throw new CollectorError(409, 'PARENT_CONFLICT', `span ${row.id} is among its own ancestors`);
    ancestorId = family.get(ancestorId)?.parentId;
  }
}
