import { checkOptionNames, type OptionNames, wrongOption } from '../span/check-options.js';
import type { Span } from '../span/span.js';
import { SpanDeliveryError } from './errors.js';
import { mergeDuplicates } from './merge-duplicates.js';
import { HttpClient, type HttpClientOptions } from './http-client.js';
import { type NamedProcessorOptions, processorName, processorOwner } from './processor-options.js';
import { missingAccess, sgpAccess } from './sgp-access.js';
import type { SgpClientOptions } from './sgp-client.js';
import { SgpDelivery, type SgpWrite } from './sgp-delivery.js';
import { type SgpAgent, type SgpItem, sgpItem } from './sgp-item.js';
import type { ProcessorContext, SpanProcessor } from './span-processor.js';

/** How `SgpProcessor` reaches SGP and what it says of the agent. */
export interface SgpProcessorOptions extends SgpClientOptions, SgpAgent, NamedProcessorOptions {
  /**
   * How a START is written; default `insert`.
   *
   * `upsert` sends it as SGP's Python client does. On accounts of the older store a START that comes after its END then opens the
   * span again and wipes its output.
   */
  readonly startWrite?: SgpWrite;
  /** Where key, account and address are looked up that the options leave out. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where it is said that nothing can be sent. Default: `console`. */
  readonly logger?: { warn(message: string): void };
}

const OWNER = processorOwner('SgpProcessor');
const NAMES: OptionNames<SgpProcessorOptions> = {
  apiKey: true,
  accountId: true,
  baseUrl: true,
  name: true,
  startWrite: true,
  source: true,
  acpType: true,
  agentName: true,
  agentId: true,
  agentVersion: true,
  triesMax: true,
  tryTimeoutMs: true,
  env: true,
  logger: true,
  fetch: true,
  sleep: true,
  now: true,
  random: true,
};
const TOLD = new WeakMap<object, Set<string>>();

/**
 * Writes spans to SGP, at most 1000 a request, and keeps nothing of them.
 *
 * END is an upsert (`PUT /v5/spans/batch`) of the whole span. START is an insert (`POST` on the same path), because of the older
 * of SGP's two stores: there the last write wins, so an upserted START that is retried, or lands late, reopens a span that its END
 * has closed. An insert that finds the span there is refused, in the store itself, so that no order of the two can go wrong; START
 * then has nothing to add, since END carries all of it. The newer store treats an insert as an upsert and keeps a completed span
 * over a running one by itself. Where the account has no insert, START is an upsert. See docs/adr/0002-sgp-late-start.md.
 *
 * Without a key or an account it is off: it says so once, when it is made, sends no request, and rejects every span, so that they are counted.
 *
 * Both calls throw `SpanDeliveryError`: `REJECTED` with the ids of spans that SGP will never take, once all others are out;
 * `UNAVAILABLE` or `ABORTED` when the batch has to be sent again.
 */
export class SgpProcessor implements SpanProcessor {
  readonly name: string;
  /** Or why nothing can be sent. */
  readonly #delivery: SgpDelivery | string;
  readonly #agent: SgpAgent;
  readonly #startWrite: SgpWrite;
  readonly #underWay = new Set<Promise<void>>();

  /** @throws ProcessorOptionsError for a key, an account or an address that no request could carry. */
  constructor(options: SgpProcessorOptions = {}) {
    checkOptionNames(OWNER, options, NAMES);
    const { startWrite = 'insert', env = process.env, logger = console } = options;
    if (typeof logger?.warn !== 'function') throw wrongOption(OWNER, 'logger', 'a logger with a method warn()', logger);
    if (startWrite !== 'insert' && startWrite !== 'upsert')
      throw wrongOption(OWNER, 'startWrite', 'one of insert, upsert', startWrite);
    this.name = processorName(OWNER, options, 'sgp');
    this.#agent = options;
    this.#startWrite = startWrite;
    const access = sgpAccess(OWNER, options, env);
    const { apiKey, accountId, baseUrl, saidBy } = access;
    const missing = missingAccess(access);
    // Made in any case: an address that cannot be used is refused also where nothing is sent.
    const client = new HttpClient({ ...clientOptions(options, apiKey, accountId), service: 'SGP', name: this.name, baseUrl });
    this.#delivery = missing ?? new SgpDelivery(this.name, client, saidBy);
    if (missing !== undefined) {
      tellOnce(
        logger,
        `everspan: processor ${this.name} sends nothing to SGP, because ${missing}; its spans are dropped, and counted as rejected`,
      );
    }
  }

  start(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    return this.#track(this.#write(spans, this.#startWrite, context));
  }

  end(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    return this.#track(this.#write(spans, 'upsert', context));
  }

  /** Waits for the batches that are under way. */
  async shutdown(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #write(spans: readonly Span[], write: SgpWrite, context: ProcessorContext): Promise<void> {
    const delivery = this.#delivery;
    if (typeof delivery === 'string') {
      const rejectedSpanIds = spans.map((span) => span.spanId);
      throw new SpanDeliveryError('REJECTED', this.name, `SGP is off: ${delivery}`, { rejectedSpanIds });
    }
    const { items, unmappedSpanIds } = this.#items(mergeDuplicates(spans));
    const refusedSpanIds = await delivery.deliver(items, write, context);
    const rejectedSpanIds = [...unmappedSpanIds, ...refusedSpanIds];
    if (rejectedSpanIds.length === 0) return;
    const message = `SGP refused ${rejectedSpanIds.length} of ${items.length + unmappedSpanIds.length} spans: ${listIds(rejectedSpanIds)}`;
    throw new SpanDeliveryError('REJECTED', this.name, message, { rejectedSpanIds });
  }

  #items(spans: readonly Span[]): { items: SgpItem[]; unmappedSpanIds: string[] } {
    const items: SgpItem[] = [];
    const unmappedSpanIds: string[] = [];
    for (const span of spans) {
      try {
        items.push(sgpItem(span, this.#agent));
      } catch {
        // Not a valid span, e.g. a time that is no number: it costs itself, not its batch.
        unmappedSpanIds.push(span.spanId);
      }
    }
    return { items, unmappedSpanIds };
  }

  #track(writing: Promise<void>): Promise<void> {
    const forget = (): void => {
      this.#underWay.delete(writing);
    };
    this.#underWay.add(writing);
    writing.then(forget, forget);
    return writing;
  }
}

// Absent is not the same as undefined for whoever looks whether an option is there.
function clientOptions(
  options: SgpProcessorOptions,
  apiKey: string | undefined,
  accountId: string | undefined,
): Omit<HttpClientOptions, 'service' | 'name' | 'baseUrl'> {
  const { apiKey: _apiKey, accountId: _accountId, name: _name, ...rest } = options;
  return { ...rest, ...(apiKey === undefined ? {} : { apiKey }), ...(accountId === undefined ? {} : { accountId }) };
}

function tellOnce(logger: { warn(message: string): void }, message: string): void {
  const told = TOLD.get(logger) ?? new Set();
  TOLD.set(logger, told);
  if (told.has(message)) return;
  told.add(message);
  logger.warn(message);
}

const LISTED_IDS_MAX = 10;

function listIds(spanIds: readonly string[]): string {
  const listed = spanIds.slice(0, LISTED_IDS_MAX).join(', ');
  return spanIds.length > LISTED_IDS_MAX ? `${listed}, …` : listed;
}
