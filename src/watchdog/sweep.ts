import type { SpanRun } from '../state/open-span-index.js';
import type { SweepReport, SweepRequest } from '../wire/watchdog.js';
import { inParallel } from './in-parallel.js';
import { listClosedRuns, listRunning } from './listed-runs.js';
import { OperationCloser } from './operation-closer.js';
import { OperationSpans } from './operation-spans.js';
import { OperationSweeper } from './operation-sweeper.js';
import { RootSweeper } from './root-sweeper.js';
import { RunRecords } from './run-records.js';
import { RunSweeper } from './run-sweeper.js';
import { SpanEnder } from './span-ender.js';
import { FULL_PASS_MS, GRACE_MS, SWEEP_PAGE_RUNS, type SweepParts } from './sweep-parts.js';
import { noProgress, type SweepPhase, type SweepProgress, SweepTally } from './sweep-progress.js';
import { TemporalCalls } from './temporal-calls.js';

/** Questions to Temporal at a time. A server answers some 1,000 a second, and they are the users' too. */
const ASKED_AT_ONCE = 8;
const OPERATION_PAGE = 200;
/** Visibility is written after the fact: runs that closed within this, in milliseconds, are listed once more. */
const VISIBILITY_LAG_MS = 60_000;
/** How far back the first sweep lists closed runs, in milliseconds. */
const FIRST_LOOK_BACK_MS = 3_600_000;

export interface SweepControls {
  /** Where an earlier attempt at this sweep has come to. */
  readonly resumed?: SweepProgress | undefined;
  /** Called with each page, and each thing done. */
  readonly onProgress?: (progress: SweepProgress) => void;
  /** Stops the sweep between two runs. */
  readonly signal?: AbortSignal;
}

/**
 * One sweep over a namespace: operations that are overdue, runs that closed since the last sweep, and now and then every run with open spans.
 *
 * Safe to run many at once, to stop anywhere, and to repeat: what it writes is the same each time.
 *
 * @throws WatchdogError `NAMESPACE_UNANSWERED`: nothing is closed on silence. What the stores throw: try again from the last progress.
 */
export async function sweep(
  parts: SweepParts,
  { settings, after }: SweepRequest,
  controls: SweepControls = {},
): Promise<SweepReport> {
  const { signal, onProgress = () => {} } = controls;
  const nowMs = parts.nowMs ?? Date.now;
  const { graceMs = GRACE_MS, fullPassMs = FULL_PASS_MS } = settings;
  const { openSpans, operations, client } = parts;
  const began = controls.resumed ?? noProgress(nowMs());
  const tally = new SweepTally(began.counts);
  const records = new RunRecords(client);
  const calls = new TemporalCalls(client);
  // Asked first: a namespace that does not answer stops everything here.
  const temporal = { records, calls, retentionMs: await records.retentionMs() };
  const bounds = { graceMs, nowMs, ...(signal === undefined ? {} : { signal }) };
  const ender = new SpanEnder(parts, openSpans, bounds, tally);
  const closer = operations === undefined ? undefined : new OperationCloser(operations, parts.onOrphan, tally);
  const spansOfOperations = openSpans === undefined ? undefined : new OperationSpans(openSpans, ender, temporal, closer);
  const runs =
    openSpans === undefined || spansOfOperations === undefined
      ? undefined
      : new RunSweeper(openSpans, ender, spansOfOperations, temporal, bounds, tally);
  const roots = openSpans === undefined ? new RootSweeper(parts, ender, temporal, bounds, tally) : undefined;
  const overdue = closer === undefined ? undefined : new OperationSweeper(closer, spansOfOperations, temporal, bounds, tally);

  const sinceMs = after?.closedUntilMs ?? began.beganAtMs - FIRST_LOOK_BACK_MS;
  const isFullPass = openSpans !== undefined && began.beganAtMs - (after?.fullPassAtMs ?? 0) >= fullPassMs;
  let progress = began;
  const tell = (change: Partial<SweepProgress> = {}): void => {
    progress = {
      ...progress,
      ...change,
      counts: { ...tally.read(), runsDescribed: began.counts.runsDescribed + records.described },
    };
    onProgress(progress);
  };
  const each = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> =>
    inParallel(items, ASKED_AT_ONCE, async (item) => {
      signal?.throwIfAborted();
      await work(item);
      tell();
    });

  const takePage: Readonly<Record<Exclude<SweepPhase, 'done'>, (cursor: string | undefined) => Promise<string | undefined>>> = {
    async operations(cursor) {
      if (operations === undefined || overdue === undefined) return undefined;
      const page = await operations.overdue({ limit: OPERATION_PAGE, ...(cursor === undefined ? {} : { cursor }) });
      await each(page.operations, (operation) => overdue.sweep(operation));
      return page.cursor;
    },
    async closed(cursor) {
      const page = await calls.ask(() => listClosedRuns(client, { sinceMs, isProven: openSpans === undefined, cursor }));
      if (page === undefined) {
        // They are listed again next time; where a server has no such listing, the look at every run finds them.
        tally.add('runsUnanswered');
        return undefined;
      }
      tally.add('runsListed', page.runs.length);
      await each(page.runs, async ({ run, closedAs }) => {
        if (runs === undefined) await roots?.sweep(run, closedAs);
        else if (((await openSpans?.spansOf(run)) ?? []).length > 0) await runs.sweep(run);
      });
      return page.cursor;
    },
    async open(cursor) {
      if (!isFullPass || openSpans === undefined || runs === undefined) return undefined;
      const page = await openSpans.runs({ limit: SWEEP_PAGE_RUNS, ...(cursor === undefined ? {} : { cursor }) });
      const ours = page.runs.filter(({ namespace }) => namespace === client.options.namespace);
      const hasComeRound = runs.hasRenewed(ours);
      const running = await runningOf(ours);
      await each(ours, (run) => (running.has(run.runId) ? runs.renew(run) : runs.sweep(run)));
      return hasComeRound ? undefined : page.cursor;
    },
  };
  const runningOf = async (asked: readonly SpanRun[]): Promise<ReadonlySet<string>> =>
    (await calls.ask(() => listRunning(client, asked))) ?? new Set();

  while (progress.phase !== 'done') {
    signal?.throwIfAborted();
    tell();
    const { phase, cursor } = progress;
    const nextCursor = await takePage[phase](cursor);
    const { cursor: _cursor, ...rest } = progress;
    progress = nextCursor === undefined ? { ...rest, phase: NEXT_PHASE[phase] } : { ...rest, cursor: nextCursor };
  }
  tell();

  const { counts } = progress;
  // What was left for want of an answer is looked at again, from where this sweep began to look.
  const hasLeftSome = counts.runsUnanswered > 0 || counts.spansUndelivered > 0;
  return {
    v: 1,
    ...counts,
    mark: {
      closedUntilMs: hasLeftSome ? sinceMs : began.beganAtMs - graceMs - VISIBILITY_LAG_MS,
      fullPassAtMs: isFullPass && !hasLeftSome ? began.beganAtMs : (after?.fullPassAtMs ?? 0),
    },
    reach: openSpans === undefined ? 'roots' : 'index',
    hasOperations: operations !== undefined,
    isFullPass,
  };
}

const NEXT_PHASE: Readonly<Record<Exclude<SweepPhase, 'done'>, SweepPhase>> = {
  operations: 'closed',
  closed: 'open',
  open: 'done',
};
