import type { SpanRun } from '../state/open-span-index.js';
import { endFromRecord } from './end-span.js';
import { rootFromHistory } from './root-from-history.js';
import type { CloseStatus } from './run-record.js';
import type { SpanEnder } from './span-ender.js';
import type { SweepBounds, SweepParts, TemporalSide } from './sweep-parts.js';
import type { SweepTally } from './sweep-progress.js';

/**
 * Closes the root spans of runs that the server closed, where there is no open-span index to say which spans are open.
 *
 * Runs that closed by their own code told of their end themselves, with more than the record has: they are left.
 */
export class RootSweeper {
  constructor(
    private readonly parts: SweepParts,
    private readonly ender: SpanEnder,
    private readonly temporal: TemporalSide,
    private readonly bounds: SweepBounds,
    private readonly tally: SweepTally,
  ) {}

  /** @param closedAs - As visibility lists the run. */
  async sweep(run: SpanRun, closedAs: CloseStatus | undefined): Promise<void> {
    if (closedAs !== 'TERMINATED' && closedAs !== 'TIMED_OUT') return;
    const { records, calls } = this.temporal;
    const record = await calls.ask(() => records.read(run));
    if (record === undefined) {
      this.tally.add('runsUnanswered');
      return;
    }
    // One that was reset, retention that passed meanwhile: the run that counts is listed by itself, or there is nothing left to prove.
    if (record.kind !== 'closed' || record.run.runId !== run.runId) return;
    if (this.bounds.nowMs() - record.closedAtMicros / 1_000 < this.bounds.graceMs) {
      this.tally.add('runsWaiting');
      return;
    }
    const found = await calls.ask(async () => ({
      root: await rootFromHistory(this.parts.client, run, {
        resource: this.parts.pipeline.resource,
        sampleRatio: this.parts.sampleRatio ?? 1,
        hasFailed: record.closedAs === 'TIMED_OUT',
      }),
      close: record.closedAs === 'TERMINATED' ? await records.closeEvent(run) : {},
    }));
    if (found === undefined) {
      this.tally.add('runsUnanswered');
      return;
    }
    if (found.root === undefined) return;
    if (await this.ender.end(run, [endFromRecord(found.root, record, found.close)])) this.tally.add('runsClosed');
  }
}
