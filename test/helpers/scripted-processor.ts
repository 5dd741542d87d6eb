import { SpanDeliveryError } from '../../src/processors/errors.js';
import type { ProcessorContext, SpanProcessor } from '../../src/processors/span-processor.js';
import type { Span } from '../../src/span/span.js';

/** What a scripted processor does with a call. */
export type Behaviour = (spans: readonly Span[], context: ProcessorContext) => Promise<void>;

/** A call that a scripted processor got. */
export interface ProcessorCall {
  readonly phase: 'start' | 'end';
  readonly spans: readonly Span[];
  readonly signal: AbortSignal;
}

/** Does what its `behaviour` says at the time of the call, and keeps the calls. */
export class ScriptedProcessor implements SpanProcessor {
  readonly name: string;
  readonly calls: ProcessorCall[] = [];
  behaviour: Behaviour;
  shutdowns = 0;

  constructor(name: string, behaviour: Behaviour = takes) {
    this.name = name;
    this.behaviour = behaviour;
  }

  start(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    this.calls.push({ phase: 'start', spans, signal: context.signal });
    return this.behaviour(spans, context);
  }

  end(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    this.calls.push({ phase: 'end', spans, signal: context.signal });
    return this.behaviour(spans, context);
  }

  async shutdown(): Promise<void> {
    this.shutdowns += 1;
  }

  /** Names of the spans of every call, in order. */
  names(): string[][] {
    return this.calls.map((call) => call.spans.map((span) => span.name));
  }
}

export const takes: Behaviour = async () => {};

export const hangs: Behaviour = () => new Promise(() => {});

export const isAway: Behaviour = async () => {
  throw new SpanDeliveryError('UNAVAILABLE', 'scripted', 'answered 503');
};

export const throwsAtOnce: Behaviour = () => {
  throw new TypeError('spans.filter is not a function');
};

/** Rejects the spans of these names, takes all others. */
export function rejects(...names: string[]): Behaviour {
  return async (spans) => {
    const refused = spans.filter((span) => names.includes(span.name)).map((span) => span.spanId);
    if (refused.length > 0) throw new SpanDeliveryError('REJECTED', 'scripted', 'answered 422', { rejectedSpanIds: refused });
  };
}
