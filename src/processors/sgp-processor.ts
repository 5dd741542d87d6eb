import type { Span } from '../span/span.js';
import { SpanDeliveryError } from './errors.js';
import { mergeDuplicates } from './merge-duplicates.js';
import { createSgpClient, type SgpClientOptions } from './sgp-client.js';
import { SgpDelivery, type SgpWrite } from './sgp-delivery.js';
import { type SgpAgent, type SgpItem, sgpItem } from './sgp-item.js';
import type { ProcessorContext, SpanProcessor } from './span-processor.js';

/** How `SgpProcessor` reaches SGP and what it says of the agent. */
export interface SgpProcessorOptions extends SgpClientOptions, SgpAgent {
  /**
   * How a START is written; default `insert`.
   *
   * `upsert` sends it as SGP's Python client does. On accounts of the older store a START that comes after its END then opens the
   * span again and wipes its output.
   */
  readonly startWrite?: SgpWrite;
}

/**
 * Writes spans to SGP, at most 1000 a request, and keeps nothing of them.
 *
 * END is an upsert (`PUT /v5/spans/batch`) of the whole span. START is an insert (`POST` on the same path), because of the older
 * of SGP's two stores: there the last write wins, so an upserted START that is retried, or lands late, reopens a span that its END
 * has closed. An insert that finds the span there is refused, in the store itself, so that no order of the two can go wrong; START
 * then has nothing to add, since END carries all of it. The newer store treats an insert as an upsert and keeps a completed span
 * over a running one by itself. Where the account has no insert, START is an upsert. See docs/adr/0002-sgp-late-start.md.
 *
 * Both calls throw `SpanDeliveryError`: `REJECTED` with the ids of spans that SGP will never take, once all others are out;
 * `UNAVAILABLE` or `ABORTED` when the batch has to be sent again.
 */
export class SgpProcessor implements SpanProcessor {
  readonly name = 'sgp';
  readonly #delivery: SgpDelivery;
  readonly #agent: SgpAgent;
  readonly #startWrite: SgpWrite;
  readonly #underWay = new Set<Promise<void>>();

  /** @throws ProcessorOptionsError for a key, an account or an address that no request could carry. */
  constructor(options: SgpProcessorOptions) {
    this.#delivery = new SgpDelivery(createSgpClient(options));
    this.#agent = options;
    this.#startWrite = options.startWrite ?? 'insert';
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
    const { items, unmappedSpanIds } = this.#items(mergeDuplicates(spans));
    const refusedSpanIds = await this.#delivery.deliver(items, write, context.signal);
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

const LISTED_IDS_MAX = 10;

function listIds(spanIds: readonly string[]): string {
  const listed = spanIds.slice(0, LISTED_IDS_MAX).join(', ');
  return spanIds.length > LISTED_IDS_MAX ? `${listed}, …` : listed;
}
