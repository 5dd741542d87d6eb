import { InvalidSpanError } from '../span/errors.js';
import { checkOptionNames, type OptionNames, wrongOption } from '../span/check-options.js';
import type { Span } from '../span/span.js';
import { validateSpan } from '../span/validate-span.js';
import { SpanStoreError } from '../store/errors.js';
import { openSpanStore } from '../store/open-span-store.js';
import { DEFAULT_ACCOUNT_ID, type SpanStore } from '../store/span-store.js';
import { SpanDeliveryError } from './errors.js';
import { type NamedProcessorOptions, processorName, processorOwner } from './processor-options.js';
import type { ProcessorContext, SpanProcessor } from './span-processor.js';
import { untilAborted } from './until-aborted.js';

export interface StoreProcessorOptions extends NamedProcessorOptions {
  /**
   * An open store, which stays its owner's; or where one is, as `openSpanStore` takes it: that one is opened by the first batch and closed
   * by `shutdown`.
   */
  readonly store: SpanStore | string;
  /** Whose spans they are; default `DEFAULT_ACCOUNT_ID`. */
  readonly accountId?: string;
}

const OWNER = processorOwner('StoreProcessor');
const NAMES: OptionNames<StoreProcessorOptions> = { store: true, accountId: true, name: true };

/**
 * Writes spans to a store directly, without a collector between: into a file beside the worker, or a PostgreSQL that all workers reach.
 *
 * Both calls throw `SpanDeliveryError`: `UNAVAILABLE` when the store did not take the batch (`cause` is the SpanStoreError), `ABORTED`
 * when the caller gave up, `REJECTED` for spans that are not valid, once all others are written. A batch that is given up may still be
 * written; written twice it is the same.
 */
export class StoreProcessor implements SpanProcessor {
  readonly name: string;
  readonly #given: SpanStore | string;
  readonly #accountId: string;
  #opening: Promise<SpanStore> | undefined;
  #isShutDown = false;

  /** @throws ProcessorOptionsError */
  constructor(options: StoreProcessorOptions) {
    checkOptionNames(OWNER, options, NAMES);
    const { store, accountId } = options;
    if (typeof store === 'string' ? store === '' : typeof store?.upsert !== 'function')
      throw wrongOption(OWNER, 'store', 'an open span store, or where one is', store);
    if (accountId !== undefined && (typeof accountId !== 'string' || accountId === ''))
      throw wrongOption(OWNER, 'accountId', 'a text that is not empty', accountId);
    this.name = processorName(OWNER, options, 'store');
    this.#given = options.store;
    this.#accountId = options.accountId ?? DEFAULT_ACCOUNT_ID;
  }

  async start(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    await this.#write(spans, context.signal);
  }

  async end(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    await this.#write(spans, context.signal);
  }

  /** Closes the store where this processor has opened it, after what is under way. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    if (this.#opening !== undefined) await (await this.#opening).close();
  }

  async #write(spans: readonly Span[], signal: AbortSignal): Promise<void> {
    if (spans.length === 0) return;
    const aborted = (): SpanDeliveryError => new SpanDeliveryError('ABORTED', this.name, 'the caller stopped waiting');
    if (signal.aborted) throw aborted();
    const valid: Span[] = [];
    const rejectedSpanIds: string[] = [];
    for (const span of spans) {
      if (isValid(span)) valid.push(span);
      else rejectedSpanIds.push(span.spanId);
    }
    await untilAborted(this.#upsert(valid), signal, aborted);
    if (rejectedSpanIds.length === 0) return;
    const message = `${rejectedSpanIds.length} of ${spans.length} spans are not valid`;
    throw new SpanDeliveryError('REJECTED', this.name, message, { rejectedSpanIds });
  }

  async #upsert(spans: readonly Span[]): Promise<void> {
    try {
      const store = await this.#store();
      await store.upsert(spans, { accountId: this.#accountId });
    } catch (error) {
      if (!(error instanceof SpanStoreError)) throw error;
      const message = `${spans.length} spans not written: ${error.code}: ${error.message}`;
      throw new SpanDeliveryError('UNAVAILABLE', this.name, message, { cause: error });
    }
  }

  #store(): Promise<SpanStore> {
    if (typeof this.#given !== 'string') return Promise.resolve(this.#given);
    if (this.#isShutDown) {
      return Promise.reject(new SpanStoreError('CLOSED', this.name, 'the processor has been shut down'));
    }
    if (this.#opening === undefined) {
      const opening = openSpanStore(this.#given);
      this.#opening = opening;
      // What could not be opened is tried again by the next batch.
      opening.catch(() => {
        this.#opening = undefined;
      });
    }
    return this.#opening;
  }
}

function isValid(span: Span): boolean {
  try {
    validateSpan(span);
    return true;
  } catch (error) {
    if (error instanceof InvalidSpanError) return false;
    throw error;
  }
}
