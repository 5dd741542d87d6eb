import type { MetricMeter } from '@temporalio/common';
import type { SpanDeliveryCode } from '../processors/errors.js';
import { checkProcessorNames, checkProcessors } from '../processors/check-processors.js';
import { createSpanRedactor, type Redaction } from '../processors/redaction.js';
import type { SpanProcessor } from '../processors/span-processor.js';
import { checkOptionNames, configOwner, type OptionNames, wrongOption } from '../span/check-options.js';
import type { Attributes, Span } from '../span/span.js';
import type { OpenSpanIndex } from '../state/open-span-index.js';
import { BackgroundSender, SENDER_LIMITS } from './background-sender.js';
import type { SpanPhase } from './call-processor.js';
import { type Clock, systemClock } from './clock.js';
import { DeliveryCounters } from './delivery-counters.js';
import { consoleLogger, DeliveryLog, type WarningLogger } from './delivery-log.js';
import { BACKGROUND_LINGER_MS } from './delivery-limits.js';
import { OpenSpanTracker } from './open-span-tracker.js';
import type { PipelineStats } from './pipeline-stats.js';
import { isSettled, type LaneResult, ProcessorLane } from './processor-lane.js';
import { processResource } from './resource.js';

export type { WarningLogger } from './delivery-log.js';

export interface SpanPipelineOptions {
  /** Every span goes to each of them. Their `name`s must differ. */
  readonly processors: readonly SpanProcessor[];
  /** Applied to every span before processors see it. */
  readonly redaction?: Redaction;
  /** Attributes of this process; default: `processResource()`. */
  readonly resource?: Attributes;
  /** Default: `console`. Can be given later by `attachLogger`. */
  readonly logger?: WarningLogger;
  /** Temporal's metric meter. Can be given later by `attachMeter`. */
  readonly meter?: MetricMeter;
  /** Milliseconds in which spans of this process's own (attempts, clients) gather before they are sent. Default 1,000. */
  readonly backgroundLingerMs?: number;
  /** Where the open spans of runs are kept for a watchdog. What fails there holds nobody up. */
  readonly openSpans?: OpenSpanIndex;
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

export interface EnqueueOptions {
  readonly isUrgent?: boolean;
  readonly processors?: readonly string[];
  readonly isOfRun?: boolean;
}

/** Why one processor did not take a batch. */
export interface DeliveryFailure {
  readonly processor: string;
  /** `BREAKER_OPEN`: it was not asked. `DEADLINE`: it did not answer in time. `FAILED`: it threw something else. */
  readonly code: Exclude<SpanDeliveryCode, 'REJECTED'> | 'BREAKER_OPEN' | 'DEADLINE' | 'FAILED';
  readonly message: string;
}

/** `delivered` when every processor has taken, or for ever rejected, every span. */
export interface DeliveryOutcome {
  readonly delivered: boolean;
  readonly failures: readonly DeliveryFailure[];
}

const FAILURE_CODES = {
  unavailable: 'UNAVAILABLE',
  failed: 'FAILED',
  deadline: 'DEADLINE',
  cancelled: 'ABORTED',
  'breaker-open': 'BREAKER_OPEN',
} as const satisfies Record<Exclude<LaneResult['kind'], 'taken' | 'rejected'>, DeliveryFailure['code']>;

const OWNER = configOwner('SpanPipeline');
const NAMES: OptionNames<SpanPipelineOptions> = {
  processors: true,
  redaction: true,
  resource: true,
  logger: true,
  meter: true,
  backgroundLingerMs: true,
  openSpans: true,
  clock: true,
};

/** Delivers the spans of one process to its processors, each at its own pace; none can hold up another, or the caller. */
export class SpanPipeline {
  readonly resource: Attributes;
  readonly #clock: Clock;
  readonly #log: DeliveryLog;
  readonly #counters: DeliveryCounters;
  readonly #lanes: readonly { readonly lane: ProcessorLane; readonly sender: BackgroundSender }[];
  readonly #redact: ((span: Span) => Span) | undefined;
  readonly #openSpans: OpenSpanTracker | undefined;
  #shutdown: Promise<void> | undefined;

  /** @throws EverspanConfigError `INVALID_OPTION`; for redaction rules that are none, the ProcessorOptionsError that is one. */
  constructor(options: SpanPipelineOptions) {
    checkOptionNames(OWNER, options, NAMES);
    const { processors, redaction, resource, logger, meter, openSpans } = options;
    const { backgroundLingerMs = BACKGROUND_LINGER_MS, clock = systemClock } = options;
    checkProcessors(OWNER, processors);
    checkProcessorNames(OWNER, processors);
    if (logger !== undefined && typeof logger?.warn !== 'function')
      throw wrongOption(OWNER, 'logger', 'a logger with a method warn()', logger);
    if (!(typeof backgroundLingerMs === 'number' && backgroundLingerMs >= 0))
      throw wrongOption(OWNER, 'backgroundLingerMs', 'a number from 0', backgroundLingerMs);
    const names = processors.map((processor) => processor.name);
    this.resource = resource ?? processResource();
    this.#clock = clock;
    this.#redact = redaction === undefined ? undefined : createSpanRedactor(redaction);
    this.#log = new DeliveryLog(logger ?? consoleLogger, clock);
    this.#counters = new DeliveryCounters(names, this.#log);
    this.#openSpans = openSpans === undefined ? undefined : new OpenSpanTracker(openSpans, clock, this.#log);
    const onSettled = (spans: readonly Span[]) => this.#openSpans?.sent(spans);
    const limits = { ...SENDER_LIMITS, lingerMs: backgroundLingerMs };
    this.#lanes = processors.map((processor) => {
      const lane = new ProcessorLane(processor, clock, this.#counters);
      return { lane, sender: new BackgroundSender(lane, clock, this.#counters, limits, onSettled) };
    });
    if (meter !== undefined) this.attachMeter(meter);
  }

  /**
   * Hands `spans`, of a run, to every processor and answers when all have answered, at the deadline at the latest. Those that are out are then
   * put into, or taken out of, the open-span index, by the same deadline. Never rejects.
   */
  async deliver(phase: SpanPhase, spans: readonly Span[], options: DeliverOptions): Promise<DeliveryOutcome> {
    const redacted = this.#redactAll(spans);
    if (redacted.length === 0) return { delivered: true, failures: [] };
    const { deadlineMs, signal, isHeld = false } = options;
    const startedMs = this.#clock.monotonicMs();
    if (this.#shutdown !== undefined) return this.#refuse();
    const results = await Promise.all(
      this.#lanes.map(async ({ lane }) => {
        const result = await lane.call(phase, redacted, { deadlineMs, signal, patience: isHeld ? 'held' : 'patient' });
        return { processor: lane.processor.name, result };
      }),
    );
    const failures = results.flatMap(({ processor, result }): DeliveryFailure[] => {
      if (result.kind === 'taken' || result.kind === 'rejected') return [];
      return [{ processor, code: FAILURE_CODES[result.kind], message: result.message }];
    });
    const delivered = results.every(({ result }) => isSettled(result));
    if (delivered) await this.#openSpans?.told(redacted, deadlineMs - (this.#clock.monotonicMs() - startedMs));
    return { delivered, failures };
  }

  /**
   * Leaves `spans`, open and ended ones, to the background sender. Never throws, never waits.
   *
   * @param options.isUrgent - Sent at once instead of after a linger.
   * @param options.processors - Only to these, by name; default: all.
   * @param options.isOfRun - They are what a run tells of itself: the open-span index follows them.
   */
  enqueue(spans: readonly Span[], options: EnqueueOptions = {}): void {
    const redacted = this.#redactAll(spans);
    const { processors, isUrgent = false, isOfRun = false } = options;
    const lanes = this.#lanes.filter(({ lane }) => processors === undefined || processors.includes(lane.processor.name));
    if (isOfRun) this.#openSpans?.queued(redacted, lanes.length);
    for (const { sender } of lanes) sender.enqueue(redacted, isUrgent);
  }

  /** Counts what was lost before it came here, e.g. by a workflow, by reason. */
  countDropped(dropped: Readonly<Record<string, number>>): void {
    for (const [reason, count] of Object.entries(dropped)) this.#counters.dropped(reason, count);
  }

  /** Sends the counters to Temporal's metrics from now on. */
  attachMeter(meter: MetricMeter): void {
    try {
      this.#counters.attachMeter(meter);
    } catch (thrown) {
      this.#log.warn('meter', () => `everspan: no metrics, the meter threw: ${String(thrown)}`);
    }
  }

  /** Sends warnings to `logger` from now on. */
  attachLogger(logger: WarningLogger): void {
    this.#log.setLogger(logger);
  }

  stats(): PipelineStats {
    const openSpans = this.#openSpans?.stats();
    return { ...this.#counters.read(), ...(openSpans === undefined ? {} : { openSpans }) };
  }

  /** Whether nothing waits in the background. */
  get isIdle(): boolean {
    return this.#lanes.every(({ sender }) => sender.isIdle);
  }

  /**
   * Waits until nothing waits in the background, `deadlineMs` at most.
   *
   * @returns Whether nothing waits.
   */
  flush(deadlineMs: number): Promise<boolean> {
    const idle = Promise.all(this.#lanes.map(({ sender }) => sender.whenIdle())).then(() => this.#openSpans?.whenIdle());
    return this.#within(deadlineMs, idle);
  }

  /**
   * Flushes, then shuts the processors down, `deadlineMs` at most for both. What is left then is dropped, and counted. A second call
   * waits for the first.
   */
  shutdown(deadlineMs: number): Promise<void> {
    this.#shutdown ??= this.#shutDown(deadlineMs);
    return this.#shutdown;
  }

  #refuse(): DeliveryOutcome {
    const failures = this.#lanes.map(({ lane }): DeliveryFailure => {
      const processor = lane.processor.name;
      return { processor, code: 'ABORTED', message: `${processor}: this process is shutting down` };
    });
    return { delivered: failures.length === 0, failures };
  }

  async #shutDown(deadlineMs: number): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    await this.flush(deadlineMs * FLUSH_SHARE);
    for (const { sender } of this.#lanes) sender.stop();
    const closing = this.#lanes.map(async ({ lane }) => {
      try {
        await lane.processor.shutdown();
      } catch (thrown) {
        this.#log.warn(
          `shutdown:${lane.processor.name}`,
          () => `everspan: ${lane.processor.name} shut down badly: ${String(thrown)}`,
        );
      }
    });
    await this.#within(deadlineMs - (this.#clock.monotonicMs() - startedMs), Promise.all(closing));
    this.#log.flush();
  }

  /** Whether `work`, which never rejects, was done in time. */
  #within(deadlineMs: number, work: Promise<unknown>): Promise<boolean> {
    return new Promise((resolve) => {
      const cancelTimer = this.#clock.after(Math.max(0, deadlineMs), () => resolve(false), true);
      const finish = () => {
        cancelTimer();
        resolve(true);
      };
      void work.then(finish, finish);
    });
  }

  #redactAll(spans: readonly Span[]): readonly Span[] {
    const redact = this.#redact;
    if (redact === undefined) return spans;
    const redacted: Span[] = [];
    for (const span of spans) {
      try {
        redacted.push(redact(span));
      } catch {
        // It answers for every span, so this is a fault of ours; an unredacted span never leaves, and the error may quote one.
        this.#counters.dropped('redaction_failed', 1);
      }
    }
    return redacted;
  }
}

// Of the time for a shutdown: the processors need the rest to close.
const FLUSH_SHARE = 0.8;
