import { compareSpans } from '../span/merge-span.js';
import type { Span } from '../span/span.js';
import { approximateSpanBytes } from './approximate-bytes.js';
import type { SpanPhase } from './call-processor.js';

/** A span that waits. */
export interface QueuedSpan {
  readonly span: Span;
  readonly bytes: number;
  /** Of the clock's monotonic scale. */
  readonly queuedAtMs: number;
}

/**
 * The spans that wait for one processor: at most one event a span, at most so many spans and bytes.
 *
 * The END of a span takes the place of its START. When it is full the oldest START goes first, since its END brings everything it
 * said; only then the oldest END.
 */
export class SpanQueue {
  readonly #starts = new Map<string, QueuedSpan>();
  readonly #ends = new Map<string, QueuedSpan>();
  readonly #spansMax: number;
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(spansMax: number, bytesMax: number) {
    this.#spansMax = spansMax;
    this.#bytesMax = bytesMax;
  }

  get spans(): number {
    return this.#starts.size + this.#ends.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns How many spans had to go to make room; the new one may be among them. */
  push(span: Span, nowMs: number): number {
    return this.#put({ span, bytes: approximateSpanBytes(span), queuedAtMs: nowMs });
  }

  /**
   * Puts back what a failed call had taken, unless a later event of the same span has come meanwhile.
   *
   * @param where - `front`: it is next again; `back`: the others come first.
   * @returns How many spans had to go to make room.
   */
  restore(entries: readonly QueuedSpan[], where: 'front' | 'back'): number {
    const first = entries[0];
    if (first === undefined) return 0;
    const target = first.span.endTime === undefined ? this.#starts : this.#ends;
    // A map keeps the order of insertion: what comes behind is put in behind.
    const waiting = where === 'front' ? [...target.values()] : [];
    for (const entry of waiting) this.#remove(target, keyOf(entry.span));
    let dropped = 0;
    for (const entry of entries) dropped += this.#put(entry);
    for (const entry of waiting) dropped += this.#put(entry);
    return dropped;
  }

  /** Removes and returns the oldest spans of one phase, at most so many spans and bytes, at least one where there is one. */
  take(phase: SpanPhase, spansMax: number, bytesMax: number): QueuedSpan[] {
    const source = phase === 'start' ? this.#starts : this.#ends;
    const taken: QueuedSpan[] = [];
    let bytes = 0;
    for (const [key, entry] of source) {
      if (taken.length >= spansMax || (taken.length > 0 && bytes + entry.bytes > bytesMax)) break;
      this.#remove(source, key);
      taken.push(entry);
      bytes += entry.bytes;
    }
    return taken;
  }

  /** Removes what has waited since before `queuedBeforeMs`. @returns How many spans that were. */
  expire(queuedBeforeMs: number): number {
    let expired = 0;
    for (const source of [this.#starts, this.#ends]) {
      for (const [key, entry] of source) {
        if (entry.queuedAtMs >= queuedBeforeMs) break;
        this.#remove(source, key);
        expired += 1;
      }
    }
    return expired;
  }

  /** Removes everything. @returns How many spans that were. */
  clear(): number {
    const count = this.spans;
    this.#starts.clear();
    this.#ends.clear();
    this.#bytes = 0;
    return count;
  }

  #put(entry: QueuedSpan): number {
    const key = keyOf(entry.span);
    if (entry.span.endTime === undefined) {
      if (this.#ends.has(key)) return 0;
      this.#putGreater(this.#starts, key, entry);
    } else {
      this.#remove(this.#starts, key);
      this.#putGreater(this.#ends, key, entry);
    }
    return this.#makeRoom();
  }

  #putGreater(target: Map<string, QueuedSpan>, key: string, entry: QueuedSpan): void {
    const known = target.get(key);
    if (known !== undefined) {
      if (compareSpans(entry.span, known.span) <= 0) return;
      this.#remove(target, key);
    }
    target.set(key, entry);
    this.#bytes += entry.bytes;
  }

  #makeRoom(): number {
    let dropped = 0;
    while (this.spans > this.#spansMax || this.#bytes > this.#bytesMax) {
      const source = this.#starts.size > 0 ? this.#starts : this.#ends;
      const oldest = source.keys().next();
      if (oldest.done === true) break;
      this.#remove(source, oldest.value);
      dropped += 1;
    }
    return dropped;
  }

  #remove(source: Map<string, QueuedSpan>, key: string): void {
    const entry = source.get(key);
    if (entry === undefined) return;
    source.delete(key);
    this.#bytes -= entry.bytes;
  }
}

function keyOf(span: Span): string {
  return `${span.traceId}${span.spanId}`;
}
