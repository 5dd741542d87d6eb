import type { ConcludeActivationOutput, WorkflowInfo } from '@temporalio/workflow';

/**
 * The parts of the SDK's activator that have no public door. All are optional here: what a version lacks is done the plain
 * way, and a test notices a version that changed.
 */
export interface Isolate {
  readonly info: WorkflowInfo;
  readonly registeredActivityNames?: ReadonlySet<string>;
  readonly rootScope?: { readonly consideredCancelled: boolean };
  /** Whether the server asked the run to cancel: only then a cancellation that leaves it closes it as canceled. */
  readonly cancelled?: boolean;
  readonly nextSeqs?: { activity: number; timer: number };
  readonly interceptors?: { outbound: unknown[] };
  readonly completions?: Readonly<Record<CompletionKind, Map<number, Completion>>>;
  /** Whether the run has made the command that closes it. */
  readonly completed?: boolean;
  /** Commands that the present activation has made and not yet handed over. */
  readonly commands?: Command[];
  readonly failureExceptionTypeNames?: readonly string[];
  readonly workflowDefinitionFailureExceptionTypes?: readonly (new (...args: never[]) => Error)[];
  readonly isConfiguredFailureException?: (error: unknown) => boolean;
}

/** The SDK's tables of promises that wait for the server, by kind of command. */
export type CompletionKind =
  | 'timer'
  | 'activity'
  | 'nexusOperationStart'
  | 'nexusOperationComplete'
  | 'childWorkflowStart'
  | 'childWorkflowComplete'
  | 'signalWorkflow';

/** A command as Core takes it. */
export type Command = NonNullable<ConcludeActivationOutput['commands']>[number];

interface Completion {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** The activator of the workflow whose code runs now; `undefined` outside a workflow. */
export function currentIsolate(): Isolate | undefined {
  return (globalThis as { __TEMPORAL_ACTIVATOR__?: Isolate }).__TEMPORAL_ACTIVATOR__;
}

// Far above what a user's workflow can reach (history ends at 51,200 events), far below Core's 32 bits.
const OWN_SEQ_START = 1_000_000_000;

/** The counters of our own commands, apart from the user's, so that his activities and timers keep the ids they have untraced. */
export class OwnCommands {
  private activitySeq: number;
  private timerSeq: number;

  constructor(seqStart = OWN_SEQ_START) {
    this.activitySeq = seqStart;
    this.timerSeq = seqStart;
  }

  /** The number that the next activity gets. */
  get nextActivitySeq(): number {
    return this.activitySeq;
  }

  /** The number that the next timer gets. */
  get nextTimerSeq(): number {
    return this.timerSeq;
  }

  /**
   * Runs `schedule`, which makes commands of ours before it first awaits, with our counters and past every outbound
   * interceptor: others must not see, trace or alter what is not the user's.
   */
  run<T>(isolate: Isolate, schedule: () => T): T {
    const { nextSeqs, interceptors } = isolate;
    if (nextSeqs === undefined || interceptors === undefined) return schedule();
    const { activity, timer } = nextSeqs;
    const { outbound } = interceptors;
    nextSeqs.activity = this.activitySeq;
    nextSeqs.timer = this.timerSeq;
    interceptors.outbound = [];
    try {
      return schedule();
    } finally {
      this.activitySeq = nextSeqs.activity;
      this.timerSeq = nextSeqs.timer;
      nextSeqs.activity = activity;
      nextSeqs.timer = timer;
      interceptors.outbound = outbound;
    }
  }
}

/** What is told of a call once the server, or a cancellation, has settled it. */
export interface Observer {
  resolved(value: unknown): void;
  rejected(reason: unknown): void;
}

/**
 * Tells `observer` how the command `seq` ends, without a tick or a handler on the user's promise.
 *
 * The entry in the SDK's own table is wrapped: the user's code sees the same promise, and a rejection that nobody looks at stays
 * unhandled, as it is untraced. Where there is no such entry (another interceptor defers the call), the promise itself is watched.
 */
export function observeCommand(
  isolate: Isolate,
  kind: CompletionKind,
  seq: number,
  promise: () => Promise<unknown>,
  observer: Observer,
): void {
  const isReplaced = replaceCompletion(isolate, kind, seq, (completion) => ({
    resolve: (value) => {
      observer.resolved(value);
      completion.resolve(value);
    },
    reject: (reason) => {
      observer.rejected(reason);
      completion.reject(reason);
    },
  }));
  if (!isReplaced) follow(promise(), observer);
}

/**
 * Tells `observer` how the command `seq` of ours ends, while the job that brings its end is handed in. `promise`, which the SDK made of the
 * command, then stays pending: nobody else has it.
 */
export function takeOverCommand(
  isolate: Isolate,
  kind: CompletionKind,
  seq: number,
  promise: Promise<unknown>,
  observer: Observer,
): void {
  const isReplaced = replaceCompletion(isolate, kind, seq, () => ({
    resolve: (value) => observer.resolved(value),
    reject: (reason) => observer.rejected(reason),
  }));
  if (!isReplaced) follow(promise, observer);
}

/** Takes back a timer of ours that has not fired. */
export function cancelTimer(isolate: Isolate, seq: number): void {
  if (isolate.completions?.timer.delete(seq) === true) isolate.commands?.push({ cancelTimer: { seq } });
}

function replaceCompletion(
  isolate: Isolate,
  kind: CompletionKind,
  seq: number,
  replace: (completion: Completion) => Completion,
): boolean {
  const table = isolate.completions?.[kind];
  const completion = table?.get(seq);
  if (table === undefined || completion === undefined) return false;
  // What else the SDK keeps there says how the result is read.
  table.set(seq, { ...completion, ...replace(completion) });
  return true;
}

function follow(promise: Promise<unknown>, observer: Observer): void {
  promise.then(
    (value) => observer.resolved(value),
    (reason: unknown) => observer.rejected(reason),
  );
}
