import type { SpanKind } from '../span/span.js';

/** What `withSpan` takes besides a name and the work. */
export interface WithSpanOptions {
  /** Anything; cleaned to what OpenTelemetry's attributes can say. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Default `INTERNAL`. */
  readonly kind?: SpanKind;
  /** Default `custom`. With an SGP back end, `__span_type__` in the attributes sets its type. */
  readonly type?: string;
  /** Recorded with the span: it goes through workflow history, and redaction sees it before any processor does. */
  readonly input?: unknown;
}

/** The span of a `withSpan` body. Every method takes anything and never throws. */
export interface ActiveSpan {
  readonly traceId: string;
  readonly spanId: string;
  setAttribute(name: string, value: unknown): void;
  setAttributes(attributes: Readonly<Record<string, unknown>>): void;
  addEvent(name: string, attributes?: Readonly<Record<string, unknown>>): void;
  addLink(link: { readonly traceId: string; readonly spanId: string }): void;
  setOutput(output: unknown): void;
  /** Settles how the span ends; without it, the outcome of the body does. */
  setStatus(status: 'OK' | 'ERROR', message?: string): void;
}

const nothing = (): void => {};

/** A span that takes everything and keeps nothing, for code that is not traced. */
export function inertSpan(traceId = '', spanId = ''): ActiveSpan {
  return {
    traceId,
    spanId,
    setAttribute: nothing,
    setAttributes: nothing,
    addEvent: nothing,
    addLink: nothing,
    setOutput: nothing,
    setStatus: nothing,
  };
}
