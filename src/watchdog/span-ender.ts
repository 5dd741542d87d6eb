import type { Span } from '../span/span.js';
import type { OpenSpanIndex, SpanRun } from '../state/open-span-index.js';
import { DELIVERY_MS_MAX, type SweepBounds, type SweepParts } from './sweep-parts.js';
import type { SweepTally } from './sweep-progress.js';

/** Sends the ends of spans out, then takes them from the index: in this order a crash in between repeats work, and loses none. */
export class SpanEnder {
  constructor(
    private readonly parts: Pick<SweepParts, 'pipeline'>,
    private readonly index: OpenSpanIndex | undefined,
    private readonly bounds: SweepBounds,
    private readonly tally: SweepTally,
  ) {}

  /** @returns Whether every processor has taken, or for ever rejected, all of them. */
  async end(run: SpanRun, ended: readonly Span[]): Promise<boolean> {
    if (ended.length === 0) return true;
    const { signal } = this.bounds;
    const options = { deadlineMs: DELIVERY_MS_MAX, ...(signal === undefined ? {} : { signal }) };
    const { delivered } = await this.parts.pipeline.deliver('end', ended, options);
    if (!delivered) {
      this.tally.add('spansUndelivered', ended.length);
      return false;
    }
    // Only what was ended: a span that came in meanwhile stays for the next sweep.
    await this.index?.remove(
      run,
      ended.map((span) => span.spanId),
    );
    this.tally.add('spansClosed', ended.length);
    return true;
  }
}
