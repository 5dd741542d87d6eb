/** The workflow that the watchdog's schedule starts. */
export const WATCHDOG_WORKFLOW = 'everspanWatchdog';
/** The activity that sweeps once. */
export const WATCHDOG_SWEEP = 'everspanSweep';
/** Its task queue, where none is named. */
export const WATCHDOG_QUEUE = 'everspan-watchdog';
/** Its schedule, and the id of the workflows that it starts; one a namespace. */
export const WATCHDOG_SCHEDULE_ID = 'everspan-watchdog';

/** How a sweep works; kept by the schedule, so that every worker sweeps alike. */
export interface SweepSettings {
  /** Milliseconds that a run must have been closed before its spans are: its own last batch may still be on the way. Default 60,000. */
  readonly graceMs?: number;
  /** Milliseconds between two looks at every run with open spans, which renew those that live. Default 3,600,000. */
  readonly fullPassMs?: number;
}

/** Up to where earlier sweeps have seen everything; milliseconds since the epoch. */
export interface SweepMark {
  /** Runs that closed before it were listed. */
  readonly closedUntilMs: number;
  /** When every run with open spans was last looked at; 0: never. */
  readonly fullPassAtMs: number;
}

/** What one sweep is told. */
export interface SweepRequest {
  readonly settings: SweepSettings;
  /** Where the sweep before has come to. Absent: the first. */
  readonly after?: SweepMark;
}

/** What a sweep found and did, counted. */
export interface SweepCounts {
  /** Closed runs that visibility told of. */
  readonly runsListed: number;
  /** Runs that Temporal was asked about one by one. */
  readonly runsDescribed: number;
  /** Runs that live; what is kept of them was renewed. */
  readonly runsAlive: number;
  /** Runs that have closed, or are gone, too short a time ago. */
  readonly runsWaiting: number;
  /** Runs that Temporal gave no answer about: left as they are. */
  readonly runsUnanswered: number;
  /** Runs whose open spans were closed. */
  readonly runsClosed: number;
  readonly spansClosed: number;
  /** Spans that a processor did not take; the next sweep tries again. */
  readonly spansUndelivered: number;
  readonly operationsRenewed: number;
  /** Put into `ERRORED`. */
  readonly operationsOrphaned: number;
  /** That went on while they were looked at. */
  readonly operationsMoved: number;
  /** Whose run closed, or is gone, too short a time ago. */
  readonly operationsWaiting: number;
  readonly operationsUnanswered: number;
}

/** The result of a sweep, and of the workflow around it. */
export interface SweepReport extends SweepCounts {
  readonly v: 1;
  /** For the next sweep. */
  readonly mark: SweepMark;
  /**
   * `index`: every span that was told of as open can be closed. `roots`: there is no open-span index, so only root spans of runs that were
   * terminated or timed out are, from their history.
   */
  readonly reach: 'index' | 'roots';
  readonly hasOperations: boolean;
  /** Whether every run with open spans was looked at. */
  readonly isFullPass: boolean;
}
