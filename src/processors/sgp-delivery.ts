import { SpanDeliveryError } from './errors.js';
import type { HttpAnswer, HttpClient } from './http-client.js';
import type { SgpAccess } from './sgp-access.js';
import type { SgpItem } from './sgp-item.js';
import type { ProcessorContext } from './span-processor.js';

/** How items are written: `upsert` replaces a row, `insert` never does (where the store can tell; see `SgpProcessor`). */
export type SgpWrite = 'insert' | 'upsert';

/** Items that one request may carry. */
export const SGP_BATCH_ITEMS_MAX = 1_000;

const BATCH_PATH = '/v5/spans/batch';
const SEARCH_PATH = `/v5/spans/search?limit=${SGP_BATCH_ITEMS_MAX}`;
/** Refusals of a whole request for what one of its items holds. */
const BLAMES_AN_ITEM: ReadonlySet<number> = new Set([400, 409, 413, 422]);
/** How an insert may say that one of its ids is there already. Which it is, is not documented. */
const MAY_MEAN_EXISTS: ReadonlySet<number> = new Set([400, 409, 422, 500]);
/** How a server says that it does not know a call. */
const UNKNOWN_CALL: ReadonlySet<number> = new Set([404, 405, 501]);
const CONFLICT: ReadonlySet<number> = new Set([409]);
const CONFLICT_OR_FAULT: ReadonlySet<number> = new Set([409, 500]);

/**
 * Writes items so that a bad one costs itself only: a request that is refused for what it holds is sent again in halves, down to
 * the items to blame. One bad item of 1000 takes about 20 requests.
 */
export class SgpDelivery {
  readonly #name: string;
  readonly #client: HttpClient;
  readonly #saidBy: SgpAccess['saidBy'];
  // A fact about the server, not about any span.
  #isInsertUnknown = false;

  /** @param saidBy - Where it was said how SGP is reached, for advice. */
  constructor(name: string, client: HttpClient, saidBy: SgpAccess['saidBy']) {
    this.#name = name;
    this.#client = client;
    this.#saidBy = saidBy;
  }

  /**
   * Span ids of the items that SGP will never take; all others are out.
   *
   * @throws SpanDeliveryError `UNAVAILABLE` or `ABORTED` when items are left that may be taken at another try.
   */
  async deliver(items: readonly SgpItem[], write: SgpWrite, context: ProcessorContext): Promise<string[]> {
    const rejectedSpanIds: string[] = [];
    for (let from = 0; from < items.length; from += SGP_BATCH_ITEMS_MAX) {
      const chunk = items.slice(from, from + SGP_BATCH_ITEMS_MAX);
      if (write === 'insert' && !this.#isInsertUnknown) await this.#insert(chunk, context, rejectedSpanIds);
      else await this.#bisect(chunk, { write: 'upsert', context, rejectedSpanIds }, false);
    }
    return rejectedSpanIds;
  }

  async #insert(items: readonly SgpItem[], context: ProcessorContext, rejectedSpanIds: string[]): Promise<void> {
    let missing = items;
    for (;;) {
      const answer = await this.#write(missing, 'insert', context, CONFLICT_OR_FAULT);
      if (answer.isOk) return;
      if (UNKNOWN_CALL.has(answer.status)) {
        await this.#bisect(missing, { write: 'upsert', context, rejectedSpanIds }, false);
        // Only now: a wrong address does not know the other call either.
        this.#isInsertUnknown = true;
        return;
      }
      if (!MAY_MEAN_EXISTS.has(answer.status)) {
        if (!BLAMES_AN_ITEM.has(answer.status)) throw this.#unavailable(answer.status);
        break;
      }
      const absent = await this.#findAbsent(missing, context);
      if (absent.length === 0) return;
      // None was there already: the refusal is about something else.
      if (absent.length === missing.length) break;
      missing = absent;
    }
    await this.#bisect(missing, { write: 'insert', context, rejectedSpanIds }, false);
  }

  async #bisect(items: readonly SgpItem[], batch: BatchInHalves, isHalf: boolean): Promise<void> {
    // A conflict that outlasted the tries of the whole is not waited out again for each half.
    const answer = await this.#write(items, batch.write, batch.context, isHalf ? CONFLICT : undefined);
    if (answer.isOk) return;
    if (!BLAMES_AN_ITEM.has(answer.status)) throw this.#unavailable(answer.status);
    const [only] = items;
    if (items.length > 1) {
      const middle = Math.ceil(items.length / 2);
      await this.#bisect(items.slice(0, middle), batch, true);
      await this.#bisect(items.slice(middle), batch, true);
    } else if (only !== undefined) {
      // Its END may have come in the meantime.
      const isAbsent = batch.write === 'upsert' || (await this.#findAbsent(items, batch.context)).length > 0;
      if (isAbsent) batch.rejectedSpanIds.push(only.spanId);
    }
  }

  #write(
    items: readonly SgpItem[],
    write: SgpWrite,
    context: ProcessorContext,
    finalStatuses: ReadonlySet<number> | undefined,
  ): Promise<HttpAnswer> {
    return this.#client.send({
      method: write === 'insert' ? 'POST' : 'PUT',
      path: BATCH_PATH,
      body: `{"items":[${items.map((item) => item.text).join(',')}]}`,
      signal: context.signal,
      noteProblem: context.noteProblem,
      ...(finalStatuses === undefined ? {} : { finalStatuses }),
    });
  }

  #unavailable(status: number): SpanDeliveryError {
    const { apiKey, accountId, baseUrl } = this.#saidBy;
    let advice = `check ${baseUrl}`;
    if (status === 401) advice = `check ${apiKey}`;
    if (status === 403) advice = `check ${apiKey} and ${accountId}`;
    const message = `SGP answered ${status} to ${this.#client.urlOf(BATCH_PATH)}: ${advice}`;
    return new SpanDeliveryError('UNAVAILABLE', this.#name, message);
  }

  // All of them where the account may not search: they then stay refused.
  async #findAbsent(items: readonly SgpItem[], context: ProcessorContext): Promise<readonly SgpItem[]> {
    const body = JSON.stringify({
      trace_ids: [...new Set(items.map((item) => item.traceUuid))],
      span_ids: items.map((item) => item.uuid),
    });
    const answer = await this.#client.send({
      method: 'POST',
      path: SEARCH_PATH,
      body,
      signal: context.signal,
      noteProblem: context.noteProblem,
      readsBody: true,
    });
    const present = new Set(answer.isOk ? presentRows(answer.body) : []);
    return items.filter((item) => !present.has(presenceKey(item.traceUuid, item.uuid)));
  }
}

interface BatchInHalves {
  readonly write: SgpWrite;
  readonly context: ProcessorContext;
  readonly rejectedSpanIds: string[];
}

function presentRows(body: string): string[] {
  let page: { readonly items?: unknown };
  try {
    page = JSON.parse(body) as typeof page;
  } catch {
    // An answer that is no JSON says nothing about what is there.
    return [];
  }
  if (!Array.isArray(page?.items)) return [];
  const rows = page.items as { readonly id?: unknown; readonly trace_id?: unknown }[];
  return rows.map((row) => presenceKey(String(row?.trace_id), String(row?.id)));
}

function presenceKey(traceUuid: string, uuid: string): string {
  return `${traceUuid} ${uuid}`;
}
