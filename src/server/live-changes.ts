import { setTimeout as sleep } from 'node:timers/promises';
import type { SpanChange, StoreScope } from '../store/span-store.js';
import type { CollectorParts } from './collector-parts.js';

/** Which changes a reader wants. */
export interface LiveQuery {
  readonly traceId?: string;
  /** The last sequence that the reader has. */
  readonly after: number;
}

const HEARTBEAT_MS = 15_000;
/** Pause between two answers, so that many small writes reach a reader together. */
const GATHER_MS = 15;
/** Before it is known how large they are. */
const CHANGES_FIRST = 16;
const CHANGES_MAX = 500;
/** Bytes of one piece: the next one asks for as many changes as fit by what the last ones took. */
const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * Changes as server-sent events, each with its sequence as the id, until the reader or the collector goes away.
 *
 * Only what the reader takes is read from the store: a reader that is slow costs one piece of memory, and one that takes nothing for
 * `limits.stalledReaderMs` is cut off. Nothing is lost by it: who comes back with `Last-Event-ID` goes on behind what it has.
 */
export function liveChanges(
  parts: CollectorParts,
  scope: StoreScope,
  query: LiveQuery,
  disconnect: (() => void) | undefined,
): ReadableStream<Uint8Array> {
  const reading = new LiveReading(parts, scope, query, disconnect);
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => reading.start(controller),
      pull: (controller) => reading.pull(controller),
      cancel: () => reading.end(),
    },
    { highWaterMark: 1 },
  );
}

/**
 * started --pull--> looking --changes--> handed over --pull--> looking
 * looking --none--> waiting --ring, heartbeat--> looking
 * handed over --not pulled in time--> cut off
 * any --cancel, stop, store fails--> ended
 */
class LiveReading {
  readonly #parts: CollectorParts;
  readonly #scope: StoreScope;
  readonly #traceId: string | undefined;
  readonly #encoder = new TextEncoder();
  readonly #ended = new AbortController();
  #after: number;
  #limit = CHANGES_FIRST;
  #isDirty = true;
  #wake: () => void = () => undefined;
  #unsubscribe: () => void = () => undefined;
  #stall: NodeJS.Timeout | undefined;
  readonly #disconnect: (() => void) | undefined;

  constructor(parts: CollectorParts, scope: StoreScope, query: LiveQuery, disconnect: (() => void) | undefined) {
    this.#parts = parts;
    this.#scope = scope;
    this.#after = query.after;
    this.#traceId = query.traceId;
    this.#disconnect = disconnect;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#parts.metrics.liveReaders += 1;
    this.#unsubscribe = this.#parts.bell.subscribe(this.#scope.accountId, () => {
      this.#isDirty = true;
      this.#wake();
    });
    this.#parts.stopping.addEventListener('abort', this.#onStop, { once: true });
    // The id is there from the beginning, so that a reader who is cut off before the first change has one to come back with.
    this.#hand(controller, `retry: 1000\nid: ${this.#after}\nevent: ready\ndata: {"sequence":${this.#after}}\n\n`);
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    clearTimeout(this.#stall);
    try {
      const text = await this.#next();
      if (this.#ended.signal.aborted) this.#closeQuietly(controller);
      else this.#hand(controller, text);
    } catch (error) {
      // The store does not answer: the reader comes back, and is told then what is the matter.
      this.#cutOff(controller, 'store', error);
    }
  }

  end(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    clearTimeout(this.#stall);
    this.#unsubscribe();
    this.#parts.stopping.removeEventListener('abort', this.#onStop);
    this.#parts.metrics.liveReaders -= 1;
    this.#wake();
  }

  readonly #onStop = (): void => this.end();

  async #next(): Promise<string> {
    const heartbeatAt = this.#parts.now() + HEARTBEAT_MS;
    while (!this.#ended.signal.aborted) {
      if (this.#isDirty) {
        this.#isDirty = false;
        const changes = await this.#read();
        if (changes.length > 0) return this.#events(changes);
      }
      const leftMs = heartbeatAt - this.#parts.now();
      if (leftMs <= 0) return ': still here\n\n';
      await this.#rung(leftMs);
      if (this.#isDirty) await sleep(GATHER_MS);
    }
    return '';
  }

  #read(): Promise<readonly SpanChange[]> {
    const ofTrace = this.#traceId === undefined ? {} : { traceId: this.#traceId };
    return this.#parts.store.changes({ after: this.#after, limit: this.#limit, ...ofTrace }, this.#scope);
  }

  #events(changes: readonly SpanChange[]): string {
    const text = changes.map((change) => `id: ${change.sequence}\nevent: span\ndata: ${JSON.stringify(change)}\n\n`).join('');
    this.#after = changes.at(-1)?.sequence ?? this.#after;
    // A full page may have more behind it.
    if (changes.length >= this.#limit) this.#isDirty = true;
    const bytesEach = text.length / changes.length;
    this.#limit = Math.max(1, Math.min(CHANGES_MAX, Math.floor(PIECE_BYTES / bytesEach)));
    return text;
  }

  #rung(timeoutMs: number): Promise<void> {
    if (this.#isDirty || this.#ended.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #hand(controller: ReadableStreamDefaultController<Uint8Array>, text: string): void {
    controller.enqueue(this.#encoder.encode(text));
    const cut = (): void => this.#cutOff(controller, 'stalled', new StalledReaderError());
    this.#stall = setTimeout(cut, this.#parts.limits.stalledReaderMs);
    this.#stall.unref();
  }

  #cutOff(controller: ReadableStreamDefaultController<Uint8Array>, reason: 'stalled' | 'store', error: unknown): void {
    this.#parts.metrics.add('everspan_collector_live_cut_off_total', { reason });
    this.end();
    // The server waits for the socket to drain, which it never does: an error in the stream would not get there.
    if (this.#disconnect === undefined) controller.error(error);
    else this.#disconnect();
  }

  #closeQuietly(controller: ReadableStreamDefaultController<Uint8Array>): void {
    try {
      controller.close();
    } catch {
      // Cancelled by the reader: there is nothing left to close.
    }
  }
}

/** Why the connection of a reader that takes nothing is torn down. */
class StalledReaderError extends Error {
  override readonly name = 'StalledReaderError';
  readonly code = 'STALLED';

  constructor() {
    super('the reader of live changes took nothing for too long');
  }
}
