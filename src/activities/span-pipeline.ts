import type { Logger, MetricMeter } from '@temporalio/common';
import type { SpanDeliveryCode } from '../processors/errors.js';
import type { SpanProcessor } from '../processors/span-processor.js';
import type { Attributes, Span } from '../span/span.js';
import type { Clock } from './clock.js';
import type { PipelineStats } from './pipeline-stats.js';

/** Which of a processor's two calls. */
export type SpanPhase = 'start' | 'end';

/** Where warnings go: Temporal's logger, `console`, or anything with the same method. */
export type WarningLogger = Pick<Logger, 'warn'>;

/** Changes a span before any processor sees it. Pure: the same span gives the same span. */
export type SpanRedactor = (span: Span) => Span;

export interface SpanPipelineOptions {
  /** Every span goes to each of them. Their `name`s must differ. */
  readonly processors: readonly SpanProcessor[];
  /** Applied to every span, once, before processors see it. A span for which it throws is dropped. */
  readonly redact?: SpanRedactor;
  /** Attributes of this process; default: `processResource()`. */
  readonly resource?: Attributes;
  /** Default: `console`. */
  readonly logger?: WarningLogger;
  /** Temporal's metric meter; can be given later by `attachMeter`. */
  readonly meter?: MetricMeter;
  readonly clock?: Clock;
}

export interface DeliverOptions {
  /** Milliseconds from now until the answer must be there, whatever the processors do. */
  readonly deadlineMs: number;
  /** The caller's cancellation: answers at once when it fires. */
  readonly signal?: AbortSignal;
  /** Whether a workflow task waits for the answer. Such a call is never the probe where other work can be. Default: false. */
  readonly isHeld?: boolean;
}

/** Why one processor did not take a batch. `BREAKER_OPEN`: it was not asked. `DEADLINE`: it did not answer in time. */
export interface DeliveryFailure {
  readonly processor: string;
  readonly code: SpanDeliveryCode | 'BREAKER_OPEN' | 'DEADLINE' | 'FAILED';
  readonly message: string;
}

/** `delivered` when every processor has taken, or for ever rejected, every span. */
export interface DeliveryOutcome {
  readonly delivered: boolean;
  readonly failures: readonly DeliveryFailure[];
}

/** Delivers the spans of one process to its processors. */
export class SpanPipeline {
  readonly resource: Attributes;

  constructor(options: SpanPipelineOptions) {
    this.resource = options.resource ?? {};
  }

  /** Hands `spans` to every processor and answers when all have answered, at the deadline at the latest. Never rejects. */
  async deliver(_phase: SpanPhase, _spans: readonly Span[], _options: DeliverOptions): Promise<DeliveryOutcome> {
    return { delivered: true, failures: [] };
  }

  /** Leaves `spans` (ended ones and open ones) to the background sender. Never throws, never waits. */
  enqueue(_spans: readonly Span[], _options: { readonly isUrgent?: boolean } = {}): void {}

  /** Counts what was lost before it came here, e.g. by a workflow. */
  countDropped(_dropped: Readonly<Record<string, number>>): void {}

  attachMeter(_meter: MetricMeter): void {}
  attachLogger(_logger: WarningLogger): void {}

  stats(): PipelineStats {
    throw new TypeError('not there yet');
  }

  /** Waits until nothing waits in the background, `deadlineMs` at most. @returns Whether nothing does. */
  async flush(_deadlineMs: number): Promise<boolean> {
    return true;
  }

  /** Flushes, then shuts the processors down; `deadlineMs` at most, all in all. What is left then is dropped, and counted. */
  async shutdown(_deadlineMs: number): Promise<void> {}
}
