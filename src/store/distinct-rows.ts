import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Span } from '../span/span.js';
import { prevails } from './prevails.js';
import { type SpanRow, toSpanRow } from './span-row.js';

/** Spans between two turns of the event loop: some 2 ms. */
const SPANS_PER_TURN = 250;

/** The rows of a batch. */
export interface DistinctRows {
  /** One for each span, the greatest of its events. */
  readonly rows: readonly SpanRow[];
  /** For each event of the batch the index of its row; `undefined` for an event that another of the batch stands for. */
  readonly rowOf: readonly (number | undefined)[];
}

interface Place {
  readonly rowIndex: number;
  eventIndex: number;
}

export async function toDistinctRows(spans: readonly Span[]): Promise<DistinctRows> {
  const rows: SpanRow[] = [];
  const rowOf: (number | undefined)[] = [];
  const placesOfTraces = new Map<string, Map<string, Place>>();
  for (const [eventIndex, span] of spans.entries()) {
    if (eventIndex % SPANS_PER_TURN === SPANS_PER_TURN - 1) await nextTurn();
    const row = toSpanRow(span);
    let places = placesOfTraces.get(row.traceId);
    if (places === undefined) {
      places = new Map<string, Place>();
      placesOfTraces.set(row.traceId, places);
    }
    const place = places.get(row.spanId);
    if (place === undefined) {
      places.set(row.spanId, { rowIndex: rows.length, eventIndex });
      rowOf.push(rows.length);
      rows.push(row);
    } else if (prevails(row, rows[place.rowIndex] as SpanRow)) {
      rows[place.rowIndex] = row;
      rowOf[place.eventIndex] = undefined;
      rowOf.push(place.rowIndex);
      place.eventIndex = eventIndex;
    } else {
      rowOf.push(undefined);
    }
  }
  return { rows, rowOf };
}
