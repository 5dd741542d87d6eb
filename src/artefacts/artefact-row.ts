import { isoFromMicros } from '../wire/iso-time.js';
import { type JsonlRow, toJsonlRow } from '../wire/jsonl-row.js';
import type { Attributes, AttributeValue, Span } from '../span/span.js';

/** One line of a file of artefacts, its line break included. A reader stops a file at a longer one. */
export const LINE_BYTES_MAX = 4 * 1_024 * 1_024;

/** A version of an asset, as a line of `assets.jsonl`. */
export interface AssetRow {
  readonly data_id: string;
  readonly asset_guid: string;
  readonly version: number;
  readonly user_id: string | null;
  readonly created_at: string;
}

/** One source of a task, as a line of `lineage.jsonl`. */
export interface LineageRow {
  readonly data_id: string;
  readonly source_data_id: string;
  readonly created_at: string;
}

/**
 * `span` as a line of `spans.jsonl`: OpenTelemetry's shape, with `attributes` as they are.
 *
 * Past `LINE_BYTES_MAX` the largest attributes go, `everspan.truncated` then says so; those named in `kept` stay.
 */
export function spanLine(span: Span, kept: ReadonlySet<string>): string {
  const row: JsonlRow = { ...toJsonlRow(span), attributes: rowAttributes(span) };
  const line = rowLine(row);
  return fits(line) ? line : rowLine(cutRow(row, kept));
}

/** Any other row as a line. */
export function rowLine(row: AssetRow | LineageRow | JsonlRow): string {
  return `${JSON.stringify(row)}\n`;
}

/** Microseconds since the epoch as rows say them: ISO 8601, six digits of a second, `Z`. */
export function rowTime(micros: number): string {
  return `${isoFromMicros(micros)}Z`;
}

function rowAttributes({ attributes, output }: Span): Attributes {
  return output === undefined ? attributes : { ...attributes, 'everspan.output': JSON.stringify(output) };
}

// Events first: their attributes are detail of a detail. Then one attribute after another, the largest first.
function cutRow(row: JsonlRow, kept: ReadonlySet<string>): JsonlRow {
  const cutParts = new Set([row.attributes['everspan.truncated'] ?? []].flat() as string[]);
  let cut: JsonlRow = row;
  const cutTo = (part: string, smaller: Partial<JsonlRow>): void => {
    cutParts.add(part);
    cut = { ...cut, ...smaller };
    cut = { ...cut, attributes: { ...cut.attributes, 'everspan.truncated': [...cutParts] } };
  };
  if (row.events.length > 0) cutTo('events', { events: row.events.map((event) => ({ ...event, attributes: null })) });
  const bySize = Object.entries<AttributeValue>(row.attributes)
    .filter(([name]) => !kept.has(name))
    .map(([name, value]) => [name, JSON.stringify(value).length] as const)
    .sort(([, one], [, other]) => other - one);
  for (const [name] of bySize) {
    if (fits(rowLine(cut))) break;
    const { [name]: _left, ...rest } = cut.attributes;
    cutTo('attributes', { attributes: rest });
  }
  return cut;
}

function fits(line: string): boolean {
  // A unit takes three bytes at most.
  return line.length * 3 <= LINE_BYTES_MAX || Buffer.byteLength(line) <= LINE_BYTES_MAX;
}
