import type { Span } from '../span/span.js';
import { isObject } from '../span/validate-span.js';

/** The attribute that keeps what of an SGP item no field of a span says: JSON text of an `SgpRest`. */
export const SGP_REST = 'everspan.sgp';

/** Fields of an item as they came, where the span alone would give others. */
export interface SgpRest {
  readonly [field: string]: unknown;
  /** Entries that no attribute can hold: objects, mixed lists, null. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What `span` keeps of the item that a foreign client wrote; `undefined` where it came another way. */
export function sgpRestOf(span: Span): SgpRest | undefined {
  const text = span.attributes[SGP_REST];
  if (typeof text !== 'string') return undefined;
  try {
    const rest = JSON.parse(text) as unknown;
    return isObject(rest) ? rest : undefined;
  } catch {
    // An attribute of that name that is not ours.
    return undefined;
  }
}
