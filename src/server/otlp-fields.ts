/** OTLP's `AnyValue` as it is read: integers may be beyond what a double holds. `undefined` is a value that is not set. */
export type OtlpAny =
  | string
  | number
  | boolean
  | bigint
  | Uint8Array
  | undefined
  | { readonly list: readonly OtlpAny[] }
  | { readonly map: readonly OtlpPair[] };

export type OtlpPair = readonly [key: string, value: OtlpAny];

/** A span as OTLP says it, whichever way it was encoded. Times are nanoseconds since the epoch. */
export interface OtlpSpanFields {
  /** Lower-case hex, not checked. */
  readonly traceId: string;
  readonly spanId: string;
  /** Empty on a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  readonly startNanos: bigint;
  /** 0 while the span is open. */
  readonly endNanos: bigint;
  readonly attributes: readonly OtlpPair[];
  readonly events: readonly { readonly nanos: bigint; readonly name: string; readonly attributes: readonly OtlpPair[] }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: readonly OtlpPair[] }[];
  readonly statusCode: number;
  readonly statusMessage: string;
  /** Attributes, events and links that the SDK left out. */
  readonly dropped: readonly [attributes: number, events: number, links: number];
}

/** The process and the library that spans are of. */
export interface OtlpOrigin {
  readonly resource: readonly OtlpPair[];
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly scopeAttributes: readonly OtlpPair[];
}

/** What a reader of either encoding hands out: a span, or why one of the request's could not be read. */
export interface OtlpReader {
  span(fields: OtlpSpanFields, origin: OtlpOrigin): void;
  refused(reason: string): void;
}

/** Lists and maps within one another. */
export const OTLP_DEPTH_MAX = 32;
