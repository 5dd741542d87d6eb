import {
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  condition,
  type LocalActivityOptions,
  scheduleActivity,
  scheduleLocalActivity,
} from '@temporalio/workflow';
import type { OperationAnswer } from '../operation/operation-call.js';
import { isObject } from '../span/validate-span.js';
import type { OperationActivityName } from '../wire/activity-names.js';
import { currentIsolate, type Isolate, OwnCommands } from './isolate.js';
import { OperationActivitiesMissingError } from './operation-errors.js';
import type { RunTracer } from './run-tracer.js';
import { settleCommand } from './settle-command.js';
import { makeShield, type Shield } from './shield.js';

/**
 * The timeout of a local attempt, in milliseconds. The activity answers by itself after a quarter of it: what Temporal has to give up is a process
 * that is slow or gone, not a store.
 */
const LOCAL_TIMEOUT_MS = 2_000;
/** Local attempts without any answer, in a run that has had none, before a remote one: nobody has said yet where remote ones are taken. */
const UNANSWERED_MAX = 3;
/** Apart from the numbers of tracing's own commands: whether a run is traced must not change an operation's. */
const OPERATION_SEQ_START = 1_500_000_000;

export type DoneAnswer = Exclude<OperationAnswer, { readonly kind: 'later' }>;

/** What a call is, besides what it says. */
export interface CallOptions<T> {
  /** For Temporal's own pages. */
  readonly summary: string;
  /** How long the server goes on trying where the store is away, in milliseconds. */
  readonly retryForMs: number;
  readonly done: (answer: DoneAnswer) => T;
  /** What the caller is told instead of `error`, which closes the call. */
  readonly failed: (error: unknown) => unknown;
}

/**
 * Makes an operation's calls: each a local activity, which takes one event and a moment where the store is well; where that gives no answer, a
 * remote one with the same request id, which the server tries again.
 *
 * local  --answered-->             done
 * local  --refused-->              failed
 * local  --store gives no answer--> remote   (once no local activity is under way: see `onceAtRest`)
 * local  --no answer at all-->     remote, or local where no answer of this run has said yet where remote ones are taken
 * remote --answered, refused, given up--> done, failed
 *
 * All of it out of reach of the user's cancellation: what a workflow does about a cancellation it writes down, too.
 */
export class OperationCommands {
  private readonly own = new OwnCommands(OPERATION_SEQ_START);
  private shield: Shield | undefined;
  private remoteOrdinal = 0;
  /** Where remote attempts go, as a worker last said. */
  private taskQueue: string | undefined;
  private hasAnswer = false;

  constructor(private readonly run: RunTracer | undefined) {}

  call<T>(activity: OperationActivityName, argument: object, options: CallOptions<T>): Promise<T> {
    const isolate = currentIsolate();
    if (isolate === undefined) return Promise.reject(new OperationActivitiesMissingError('this code does not run in a workflow'));
    return this.local(isolate, activity, argument, options, 1);
  }

  private local<T>(
    isolate: Isolate,
    activity: OperationActivityName,
    argument: object,
    options: CallOptions<T>,
    attempt: number,
  ): Promise<T> {
    if (!isRegistered(isolate, activity)) return failTask(activity);
    const settings: LocalActivityOptions = {
      startToCloseTimeout: Math.min(LOCAL_TIMEOUT_MS, isolate.info.taskTimeoutMs),
      retry: { maximumAttempts: 1 },
      summary: options.summary,
    };
    const seq = this.own.nextActivitySeq;
    const promise = this.shielded(() =>
      this.own.run(isolate, () => scheduleLocalActivity<OperationAnswer>(activity, [argument], settings)),
    );
    this.countLocal(1);
    return settleCommand<T>(isolate, seq, promise, {
      resolved: (value) => {
        this.countLocal(-1);
        const answer = readAnswer(value);
        if (answer !== undefined) this.hear(answer);
        if (answer !== undefined && answer.kind !== 'later') return options.done(answer);
        return this.later(() => this.remote(activity, argument, options));
      },
      rejected: (error) => {
        this.countLocal(-1);
        if (isRefusal(error)) throw options.failed(causeOf(error));
        // Timed out, or its worker is gone: not known to be written.
        const isLocalAgain = !this.hasAnswer && attempt < UNANSWERED_MAX;
        return this.later(() =>
          isLocalAgain ? this.local(isolate, activity, argument, options, attempt + 1) : this.remote(activity, argument, options),
        );
      },
    });
  }

  private later<T>(call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.onceAtRest(() => {
        call().then(resolve, reject);
      });
    });
  }

  private hear({ taskQueue }: OperationAnswer): void {
    this.hasAnswer = true;
    this.taskQueue = taskQueue ?? this.taskQueue;
  }

  private remote<T>(activity: OperationActivityName, argument: object, options: CallOptions<T>): Promise<T> {
    const isolate = currentIsolate() as Isolate;
    const settings: ActivityOptions = {
      activityId: `everspan-operation-${this.remoteOrdinal}`,
      startToCloseTimeout: Math.min(10_000, options.retryForMs),
      scheduleToCloseTimeout: options.retryForMs,
      retry: { initialInterval: 250, backoffCoefficient: 2, maximumInterval: 15_000 },
      // Eager slots are the user's.
      allowEagerDispatch: false,
      summary: options.summary,
      ...(this.taskQueue === undefined ? {} : { taskQueue: this.taskQueue }),
    };
    this.remoteOrdinal += 1;
    const answering = this.shielded(() =>
      this.own.run(isolate, () => scheduleActivity<OperationAnswer>(activity, [argument], settings)),
    );
    return answering.then(
      (value) => {
        const answer = readAnswer(value);
        if (answer !== undefined && answer.kind !== 'later') return options.done(answer);
        throw options.failed(unreadable(activity));
      },
      (error: unknown) => {
        throw options.failed(causeOf(error));
      },
    );
  }

  /**
   * `then`, once no local activity is under way, or at once where none was when the activation began. A command that follows the end of one while
   * another runs would stand elsewhere in replay, which is told of both ends at once.
   */
  private onceAtRest(then: () => void): void {
    const { run } = this;
    if (run === undefined || run.beganAtRest) return then();
    // The SDK asks a condition at once, and from then on whenever nothing is left to run.
    let hasRunOut = false;
    const isAtRest = (): boolean => {
      const atRest = !run.isInActivation && (run.beganAtRest || (hasRunOut && run.localsUnderWay === 0));
      hasRunOut = true;
      return atRest;
    };
    void this.shielded(() => condition(isAtRest)).then(then);
  }

  private countLocal(change: 1 | -1): void {
    if (this.run !== undefined) this.run.localsUnderWay += change;
  }

  private get shielded(): Shield {
    if (this.run !== undefined) return this.run.shielded;
    this.shield ??= makeShield();
    return this.shield;
  }
}

function isRegistered({ info, registeredActivityNames }: Isolate, activity: OperationActivityName): boolean {
  return info.unsafe.isReplaying || registeredActivityNames === undefined || registeredActivityNames.has(activity);
}

/**
 * Fails the workflow task, whatever the user's code catches: on a worker that is set up the run goes on. A call that merely rejected would let
 * the run go on without a command that replay, on a worker that is set up, then makes.
 */
function failTask(activity: OperationActivityName): Promise<never> {
  void Promise.reject(new OperationActivitiesMissingError(`its worker lacks the activity ${activity}`));
  return new Promise(() => {});
}

// An interceptor or a converter of the user's may have made something else of it.
function readAnswer(value: unknown): OperationAnswer | undefined {
  if (!isObject(value) || value['v'] !== 1) return undefined;
  const { kind } = value;
  return kind === 'done' || kind === 'recovered' || kind === 'later' ? (value as unknown as OperationAnswer) : undefined;
}

function isRefusal(error: unknown): boolean {
  const cause = causeOf(error);
  return cause instanceof ApplicationFailure && cause.nonRetryable === true;
}

// A local activity's own failure comes as it was thrown, a remote one's inside an ActivityFailure.
function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure && error.cause !== undefined ? error.cause : error;
}

function unreadable(activity: OperationActivityName): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `${activity} answered what everspan cannot read: does an interceptor or a payload converter change its result?`,
    'STORE_UNAVAILABLE',
  );
}
