import { mergeSpan } from '../span/merge-span.js';
import type { Span } from '../span/span.js';
import { checkOptionNames, type OptionNames } from '../span/check-options.js';
import { SpanDeliveryError, WaitTimeoutError } from './errors.js';
import { type NamedProcessorOptions, processorName, processorOwner } from './processor-options.js';
import type { ProcessorContext, SpanProcessor } from './span-processor.js';

/** Long enough for a workflow on a local server, and under the limit that test runners set for a whole test. */
const WAIT_TIMEOUT_MS_DEFAULT = 4_000;
const OWNER = processorOwner('InMemoryProcessor');
const NAMES: OptionNames<NamedProcessorOptions> = { name: true };

/**
 * Keeps all that it is handed, for tests: it is the one processor that has state.
 *
 * ```ts
 * const memory = new InMemoryProcessor();
 * const plugin = new EverspanPlugin({ processors: [memory] });
 * // … run a workflow …
 * const spans = await memory.waitFor((all) => all.some((span) => span.type === 'workflow' && span.endTime !== undefined));
 * ```
 */
export class InMemoryProcessor implements SpanProcessor {
  readonly name: string;
  #events: Span[] = [];
  #spans = new Map<string, Span>();
  readonly #waiters = new Set<() => void>();

  /** @throws ProcessorOptionsError */
  constructor(options: NamedProcessorOptions = {}) {
    checkOptionNames(OWNER, options, NAMES);
    this.name = processorName(OWNER, options, 'in-memory');
  }

  /** Every event in order of arrival, repeated ones too; one with an `endTime` is an END. */
  events(): readonly Span[] {
    return [...this.#events];
  }

  /** One span per trace and span id, as the merge law leaves it, in order of first arrival. */
  spans(): readonly Span[] {
    return [...this.#spans.values()];
  }

  /** The spans that no END has closed. */
  open(): readonly Span[] {
    return this.spans().filter((span) => span.endTime === undefined);
  }

  /** Forgets everything received so far. Those who wait go on waiting. */
  reset(): void {
    this.#events = [];
    this.#spans = new Map();
  }

  /**
   * The spans, as soon as `predicate` says yes to them: now, or when an event that makes it so arrives.
   *
   * @param options.timeoutMs - How long to wait; 4,000 unless given.
   * @throws WaitTimeoutError that says which spans there are. What `predicate` throws comes out as it is.
   */
  waitFor(predicate: (spans: readonly Span[]) => boolean, options: { timeoutMs?: number } = {}): Promise<readonly Span[]> {
    const timeoutMs = options.timeoutMs ?? WAIT_TIMEOUT_MS_DEFAULT;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(look);
      };
      const look = (): void => {
        const spans = this.spans();
        try {
          if (!predicate(spans)) return;
        } catch (thrownByPredicate) {
          stop();
          reject(thrownByPredicate);
          return;
        }
        stop();
        resolve(spans);
      };
      const timer = setTimeout(() => {
        stop();
        reject(new WaitTimeoutError(timeoutMs, this.spans()));
      }, timeoutMs);
      this.#waiters.add(look);
      look();
    });
  }

  async start(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    this.#take(spans, context);
  }

  async end(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    this.#take(spans, context);
  }

  /** Does nothing: what was received stays readable. */
  async shutdown(): Promise<void> {}

  #take(spans: readonly Span[], context: ProcessorContext): void {
    if (context.signal.aborted) throw new SpanDeliveryError('ABORTED', this.name, 'the caller stopped waiting');
    for (const event of spans) {
      const key = `${event.traceId}/${event.spanId}`;
      this.#events.push(event);
      this.#spans.set(key, mergeSpan(this.#spans.get(key), event));
    }
    for (const look of this.#waiters) look();
  }
}
