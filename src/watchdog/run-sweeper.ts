import type { Span } from '../span/span.js';
import type { OpenSpanIndex, SpanRun } from '../state/open-span-index.js';
import { endFromRecord, endUnknown, ownEnds } from './end-span.js';
import type { ClosedRun } from './run-record.js';
import type { CloseEvent } from './run-records.js';
import { isOfOperation, type OperationSpans } from './operation-spans.js';
import type { SpanEnder } from './span-ender.js';
import type { SweepBounds, TemporalSide } from './sweep-parts.js';
import type { SweepTally } from './sweep-progress.js';

// An index may list runs by their expiry, which a renewal moves to the end of the list. Whoever comes there has seen all others.
const REMEMBERED_RUNS_MAX = 1_000;

/** Closes the open spans of runs that are gone, and renews those of runs that live. */
export class RunSweeper {
  private readonly firstRenewed = new Set<string>();

  constructor(
    private readonly index: OpenSpanIndex,
    private readonly ender: SpanEnder,
    private readonly operationSpans: OperationSpans,
    private readonly temporal: TemporalSide,
    private readonly bounds: SweepBounds,
    private readonly tally: SweepTally,
  ) {}

  /** Renews what is kept of a run that lives. */
  async renew(run: SpanRun): Promise<void> {
    await this.keep(run);
    this.tally.add('runsAlive');
  }

  /** Whether one of `runs` is among the first that this sweep renewed: it has come round to them again. */
  hasRenewed(runs: readonly SpanRun[]): boolean {
    return runs.some(({ runId }) => this.firstRenewed.has(runId));
  }

  private async keep(run: SpanRun): Promise<void> {
    await this.index.renew(run);
    if (this.firstRenewed.size < REMEMBERED_RUNS_MAX) this.firstRenewed.add(run.runId);
  }

  /**
   * Asks Temporal about `run`, and does what follows.
   *
   * ```
   * running                         its spans are renewed, and kept under the run that lives
   * closed, longer than the grace   its spans end with it; what it ended itself, and could not send, is sent
   * closed a moment ago             renewed: its own last batch may be on the way
   * gone, retention has passed      its spans end as UNKNOWN
   * gone before that, no answer     left
   * ```
   *
   * @throws What the index throws, and WatchdogError `NAMESPACE_UNANSWERED` once Temporal has stopped answering.
   */
  async sweep(run: SpanRun): Promise<void> {
    const record = await this.temporal.calls.ask(() => this.temporal.records.read(run));
    if (record === undefined) {
      this.tally.add('runsUnanswered');
      return;
    }
    if (record.kind === 'gone') {
      await this.sweepGone(run);
      return;
    }
    if (record.run.runId !== run.runId) await this.moveSpans(run, record.run);
    if (record.kind === 'running') await this.renew(record.run);
    else await this.sweepClosed(record);
  }

  // A run that was reset goes on under another id, with the same spans. What it has ended meanwhile stays ended: the index knows.
  // Put before forget: a crash in between repeats work, never loses it.
  private async moveSpans(from: SpanRun, to: SpanRun): Promise<void> {
    const spans = await this.index.spansOf(from);
    if (spans.length > 0) await this.index.put(to, spans);
    await this.index.forget(from);
  }

  private async sweepClosed(record: ClosedRun): Promise<void> {
    const { run, closedAtMicros } = record;
    if (this.bounds.nowMs() - closedAtMicros / 1_000 < this.bounds.graceMs) {
      await this.keep(run);
      this.tally.add('runsWaiting');
      return;
    }
    const spans = await this.index.spansOf(run);
    if (spans.length === 0) return;
    const ended = ownEnds(spans, record);
    const open = spans.filter((span) => !ended.has(span));
    const own = open.filter((span) => !isOfOperation(span));
    if (ended.size + own.length > 0) {
      const close = await this.closeEventFor(record, own);
      await this.end(run, [...ended, ...own.map((span) => endFromRecord(span, record, close))]);
    }
    await this.operationSpans.settle(record, open.filter(isOfOperation));
  }

  private async sweepGone(run: SpanRun): Promise<void> {
    const spans = await this.index.spansOf(run);
    if (spans.length === 0) return;
    // It lived when the last of its spans began, and is kept for so long after it closed.
    const seenAtMicros = Math.max(...spans.map((span) => span.startTime));
    const sinceMs = this.bounds.nowMs() - seenAtMicros / 1_000;
    if (sinceMs < this.temporal.retentionMs + this.bounds.graceMs) {
      await this.keep(run);
      this.tally.add('runsWaiting');
      return;
    }
    await this.end(
      run,
      spans.map((span) => (span.endTime === undefined ? endUnknown(span, seenAtMicros) : span)),
    );
  }

  private async end(run: SpanRun, ended: readonly Span[]): Promise<void> {
    if (await this.ender.end(run, ended)) this.tally.add('runsClosed');
  }

  // Why it failed is worth a call, and its absence is no reason to leave spans open.
  private async closeEventFor(record: ClosedRun, spans: readonly Span[]): Promise<CloseEvent> {
    const hasReason = record.closedAs === 'FAILED' || record.closedAs === 'TERMINATED';
    if (!hasReason || !spans.some((span) => span.type === 'workflow')) return {};
    return (await this.temporal.calls.ask(() => this.temporal.records.closeEvent(record.run))) ?? {};
  }
}
