import { utf8Length } from '../span/clean-value.js';
import { BATCH_BYTES_MAX, SPAN_BYTES_MAX } from '../span/limits.js';
import type { WireSpan } from '../wire/span-batch.js';
import { toWireSpan } from '../wire/to-wire-span.js';
import type { OpenSpan } from './open-span.js';

/**
 * Spans that may wait in one run. Past it STARTs go first, which loses nothing: END carries all they say, and every span ends with its run at
 * the latest. Then the oldest ENDs go, and are counted.
 */
const WAITING_SPANS_MAX = 10_000;
/** How many more may come before room is made for all of them at once: one by one it was half of what a hundred thousand spans cost. */
const SHED_AT_SPANS = 11_000;

/**
 * Span events of one run that wait for delivery.
 *
 * A span that ends while its START still waits leaves as one END: the START is dropped from the queue, since END says all of it.
 */
export class Outbox {
  private readonly waitingStarts = new Map<string, OpenSpan>();
  private waitingEnds: OpenSpan[] = [];
  /** What is under way: not known to have arrived. */
  private flyingStarts: readonly OpenSpan[] = [];
  private flyingEnds: readonly OpenSpan[] = [];
  /** Spans that are open when the run closes, and stay so. */
  private outliving: OpenSpan[] = [];
  private readonly dropped: Record<string, number> = {};
  /** Rises with every event that comes in. */
  version = 0;

  get isEmpty(): boolean {
    return this.waitingStarts.size === 0 && this.waitingEnds.length === 0;
  }

  addStart(span: OpenSpan): void {
    this.version += 1;
    this.waitingStarts.set(span.spanId, span);
    if (this.waitingStarts.size + this.waitingEnds.length > SHED_AT_SPANS) this.shed();
  }

  addEnd(span: OpenSpan): void {
    this.version += 1;
    this.waitingStarts.delete(span.spanId);
    this.waitingEnds.push(span);
    if (this.waitingStarts.size + this.waitingEnds.length > SHED_AT_SPANS) this.shed();
  }

  /** Tells the last of `span`, which stays open when the run closes. */
  addOutliving(span: OpenSpan): void {
    this.outliving.push(span);
  }

  /** Forgets everything, as never told: its trace is not kept. */
  clear(): void {
    this.waitingStarts.clear();
    this.waitingEnds = [];
    this.landed();
  }

  /** Counts spans that are given up, to be told with the next batch. */
  drop(reason: string, count: number): void {
    if (count > 0) this.dropped[reason] = (this.dropped[reason] ?? 0) + count;
  }

  /** Takes all that waits, STARTs first, as batches that may leave side by side. It counts as under way until `landed` or `returned`. */
  takeFlight(): readonly (readonly WireSpan[])[] {
    this.flyingStarts = [...this.waitingStarts.values()];
    for (const span of this.flyingStarts) span.isTold = true;
    this.flyingEnds = this.waitingEnds;
    this.waitingStarts.clear();
    this.waitingEnds = [];
    return this.pack([...this.flyingStarts, ...this.flyingEnds]);
  }

  /** The flight is known to have arrived. */
  landed(): void {
    this.flyingStarts = [];
    this.flyingEnds = [];
  }

  /** The flight came back: it waits again, ahead of what came since; a START whose span ended meanwhile is over with. */
  returned(): void {
    const stillOpen = this.flyingStarts.filter((span) => span.endTime === undefined);
    const later = [...this.waitingStarts.values()];
    this.waitingStarts.clear();
    for (const span of [...stillOpen, ...later]) this.waitingStarts.set(span.spanId, span);
    this.waitingEnds = [...this.flyingEnds, ...this.waitingEnds];
    this.landed();
    this.version += 1;
  }

  /** Everything that must still be told at the close: ENDs under way and waiting, and what outlives the run. Other STARTs are over with. */
  takeLast(): readonly (readonly WireSpan[])[] {
    const ends = [...this.flyingEnds, ...this.waitingEnds, ...this.outliving];
    this.landed();
    this.waitingEnds = [];
    this.outliving = [];
    this.waitingStarts.clear();
    return this.pack(ends);
  }

  /** Counts of what was dropped since the last call; `undefined` when nothing was. */
  takeDropped(): Readonly<Record<string, number>> | undefined {
    const reasons = Object.keys(this.dropped);
    if (reasons.length === 0) return undefined;
    const taken = { ...this.dropped };
    for (const reason of reasons) delete this.dropped[reason];
    return taken;
  }

  private shed(): void {
    this.waitingStarts.clear();
    const tooMany = this.waitingEnds.length - WAITING_SPANS_MAX;
    if (tooMany <= 0) return;
    const shed = this.waitingEnds.splice(0, tooMany);
    const leftOpen = shed.filter((span) => span.isTold).length;
    // Of those whose START has left the processor keeps what it said: they stay open there.
    this.drop('outbox_full_end', leftOpen);
    this.drop('outbox_full', shed.length - leftOpen);
  }

  // A batch stays under the bytes that history and the server take; measured here, before the user's codec sees it.
  private pack(spans: readonly OpenSpan[]): WireSpan[][] {
    const batches: WireSpan[][] = [];
    let current: WireSpan[] = [];
    let bytes = 0;
    for (const span of spans) {
      const { wire, wireBytes } = this.fit(span);
      if (current.length > 0 && bytes + wireBytes > BATCH_BYTES_MAX) {
        batches.push(current);
        current = [];
        bytes = 0;
      }
      current.push(wire);
      bytes += wireBytes;
    }
    if (current.length > 0) batches.push(current);
    return batches;
  }

  private fit(span: OpenSpan): { wire: WireSpan; wireBytes: number } {
    let wire = toWireSpan(span);
    let wireBytes = utf8Length(JSON.stringify(wire));
    if (wireBytes > SPAN_BYTES_MAX) {
      // Everything that can be large goes; what identifies and times the span stays, with a mark.
      const { input: _input, output: _output, events: _events, links: _links, attributes: _attributes, ...rest } = wire;
      wire = { ...rest, attributes: { 'everspan.truncated': ['attributes', 'events', 'links', 'input', 'output'] } };
      wireBytes = utf8Length(JSON.stringify(wire));
      this.drop('span_too_large', 1);
    }
    return { wire, wireBytes };
  }
}
