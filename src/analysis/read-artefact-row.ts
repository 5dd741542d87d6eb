import { microsFromIso } from './iso-micros.js';

/** What a span row is said to be, by its attribute `flowmesh.type`. */
export type PhaseType = 'compute' | 'network' | 'marker';

/** What the profile needs of a row of spans. Times are microseconds since the epoch; the end is not before the start. */
export interface ProfileSpan {
  readonly name: string;
  readonly hasParent: boolean;
  readonly startTime: number;
  readonly endTime: number;
  readonly dataId: string | undefined;
  readonly batchId: string | undefined;
  readonly type: PhaseType | undefined;
}

export interface AssetRow {
  readonly guid: string;
  readonly dataId: string;
  readonly version: number;
  readonly userId: string;
  readonly createdAt: string | undefined;
}

export interface LineageRow {
  readonly dataId: string;
  readonly sourceDataId: string;
  readonly createdAt: string | undefined;
}

type Loose = Readonly<Record<string, unknown>>;

/**
 * A row in the shape of OpenTelemetry's `ReadableSpan.to_json`, whoever wrote it.
 *
 * @returns `undefined` for a row that is malformed: a field that is not of its type, no name, no ids, a time that is none or is missing
 * (an open span has no end yet), a `flowmesh.type` that is unknown. What the shape does not name is passed over.
 */
export function readSpanRow(row: unknown): ProfileSpan | undefined {
  if (!isObject(row)) return undefined;
  const { name, context, parent_id: parentId, start_time: start, end_time: end, status, attributes = NO_ATTRIBUTES } = row;
  if (typeof name !== 'string' || typeof start !== 'string' || typeof end !== 'string') return undefined;
  if (!isObject(context) || typeof context['trace_id'] !== 'string' || typeof context['span_id'] !== 'string') return undefined;
  if (!isOptionalText(parentId) || !isObject(attributes)) return undefined;
  if (status !== undefined && !isStatus(status)) return undefined;
  const { data_id: dataId, batch_id: batchId, 'flowmesh.type': type } = attributes;
  if (!isOptionalText(dataId) || !isOptionalText(batchId) || !isOptionalType(type)) return undefined;
  const startTime = microsFromIso(start);
  const endTime = microsFromIso(end);
  if (startTime === undefined || endTime === undefined) return undefined;
  return {
    name,
    hasParent: typeof parentId === 'string',
    startTime,
    endTime: Math.max(startTime, endTime),
    dataId: nonEmpty(dataId),
    batchId: nonEmpty(batchId),
    type: type ?? undefined,
  };
}

/** `undefined` for a row without a guid, or with a version that is no number. */
export function readAssetRow(row: unknown): AssetRow | undefined {
  if (!isObject(row)) return undefined;
  const guid = idText(row['asset_guid']);
  const version = wholeNumber(row['version']);
  if (guid === undefined || version === undefined) return undefined;
  return {
    guid,
    dataId: idText(row['data_id']) ?? '',
    version,
    userId: idText(row['user_id']) ?? '',
    createdAt: idText(row['created_at']),
  };
}

/** `undefined` for a row that lacks either end of the edge. */
export function readLineageRow(row: unknown): LineageRow | undefined {
  if (!isObject(row)) return undefined;
  const dataId = idText(row['data_id']);
  const sourceDataId = idText(row['source_data_id']);
  if (dataId === undefined || sourceDataId === undefined) return undefined;
  return { dataId, sourceDataId, createdAt: idText(row['created_at']) };
}

const NO_ATTRIBUTES: Loose = {};

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStatus(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { status_code: code, description } = value;
  return (code === undefined || typeof code === 'string') && isOptionalText(description);
}

function isOptionalText(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string';
}

function isOptionalType(value: unknown): value is PhaseType | null | undefined {
  return value === undefined || value === null || value === 'compute' || value === 'network' || value === 'marker';
}

function nonEmpty(value: string | null | undefined): string | undefined {
  return value === null || value === '' ? undefined : value;
}

// Programs of other languages write ids as numbers now and then.
function idText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? nonEmpty(value) : undefined;
}

function wholeNumber(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return 0;
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  // JSON has a negative zero, and versions have none.
  return Number.isFinite(number) ? Math.trunc(number) + 0 : undefined;
}
