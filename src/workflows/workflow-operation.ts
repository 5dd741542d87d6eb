import type { Checkpoint } from '../operation/checkpoint.js';
import { errorMetadata } from '../operation/error-metadata.js';
import type { KnownOperation, OperationFacts, RefusalDetails, TransitionCall } from '../operation/operation-call.js';
import type { OperationMention } from '../operation/operation-header.js';
import { WORKFLOW_CHECKPOINT_BYTES_MAX } from '../operation/operation-limits.js';
import type { NextState, OperationState } from '../operation/operation-state.js';
import { ApplicationFailure, TemporalFailure } from '@temporalio/workflow';
import { utf8Length } from '../span/clean-value.js';
import { isObject } from '../span/validate-span.js';
import type { JsonValue } from '../span/span.js';
import { type OperationActivityName, RECOVER_OPERATION, RENEW_OPERATION, TRANSITION_OPERATION } from '../wire/activity-names.js';
import type { DoneAnswer } from './operation-commands.js';
import { refusedCall } from './operation-errors.js';
import type { OperationSpan } from './operation-span.js';
import type { RunOperation, RunOperations } from './run-operations.js';

/** What goes with a transition. */
export interface TransitionOptions {
  /** Merged into the operation's metadata; it goes through workflow history. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface CheckpointOptions extends TransitionOptions {
  /** What the work had come to, for people. */
  readonly step?: string;
}

/** What an operation is made of when it has been opened. */
export interface OpenedOperation {
  readonly facts: OperationFacts;
  readonly span: OperationSpan | undefined;
  readonly mention: OperationMention | undefined;
  readonly retryForMs: number;
}

/**
 * An operation, as the workflow that drives it holds it. `state`, `epoch` and `version` are what the workflow last heard: activities that drive the
 * operation meanwhile are heard of with the next answer.
 *
 * Each method moves one and the same object on; what it resolves to is that object, typed by the state that it is in now. Await one call before the next.
 * A refusal is an `ApplicationFailure` that is not retried, its `type` the code (`ILLEGAL_TRANSITION`, `STALE_EPOCH`, …): it fails the workflow
 * unless it is caught. While the store is away a call waits, as long as `retryForMs` says.
 */
export class WorkflowOperation<S extends OperationState = OperationState> implements RunOperation {
  readonly #operations: RunOperations;
  readonly #span: OperationSpan | undefined;
  readonly #retryForMs: number;
  #facts: OperationFacts;

  /** Made by `operation()`. */
  constructor(operations: RunOperations, { facts, span, retryForMs }: Omit<OpenedOperation, 'mention'>) {
    this.#operations = operations;
    this.#facts = facts;
    this.#span = span;
    this.#retryForMs = retryForMs;
  }

  get operationId(): string {
    return this.#facts.operationId;
  }

  get traceId(): string {
    return this.#facts.traceId;
  }

  get state(): OperationState {
    return this.#facts.state;
  }

  /** Rises with each write that the store accepted. */
  get version(): number {
    return this.#facts.version;
  }

  /** Rises with each claim and reclaim. */
  get epoch(): number {
    return this.#facts.epoch;
  }

  get isCompleted(): boolean {
    return this.#facts.state === 'COMPLETED';
  }

  get mention(): OperationMention {
    const { operationId, traceId, epoch, state } = this.#facts;
    return { id: operationId, t: traceId, e: epoch, st: state, ...this.#span?.mention };
  }

  transition<T extends NextState<S>>(to: T, options: TransitionOptions = {}): Promise<WorkflowOperation<T>> {
    return this.#write(to, options);
  }

  /**
   * Puts the operation into `to` and saves `payload` with it, in one atomic step. It goes through workflow history: what takes more than
   * 64 KB is saved in an activity, by `checkpoint` of `everspan/operations`.
   */
  checkpoint<T extends Exclude<NextState<S>, 'COMPLETED'>>(
    to: T,
    payload: JsonValue,
    { step, metadata }: CheckpointOptions = {},
  ): Promise<WorkflowOperation<T>> {
    const problem = payloadProblem(payload);
    if (problem !== undefined) {
      const { operationId } = this;
      return Promise.reject(refusedCall(problem.code, `operation ${operationId}: ${problem.message}`, { operationId, to }));
    }
    return this.#write(to, { metadata, checkpoint: { payload, ...(step === undefined ? {} : { step }) } });
  }

  /** What was saved last; `undefined` where nothing was, or by a schema that this version does not read. */
  recover(): Promise<Checkpoint | undefined> {
    return this.#call(RECOVER_OPERATION, { v: 1, operationId: this.operationId }, 'recover', {}, (answer) =>
      answer.kind === 'recovered' ? answer.checkpoint : undefined,
    );
  }

  /** Takes the operation, under a new epoch. */
  claim(): Promise<WorkflowOperation<'CLAIMED'>> {
    return this.#write('CLAIMED', {});
  }

  /** Takes the operation from whoever holds it, under a new epoch: whatever that one still writes is refused. */
  reclaim(): Promise<WorkflowOperation<'RECLAIMED'>> {
    return this.#write('RECLAIMED', {});
  }

  /** A sign of life, which moves the deadline. A watchdog needs none: it sees that the workflow runs. */
  heartbeat(): Promise<this> {
    const argument = { v: 1, operationId: this.operationId, epoch: this.epoch, known: this.#known };
    return this.#call(RENEW_OPERATION, argument, 'heartbeat', {}, (answer) => {
      if (answer.kind === 'done') this.#learn(answer);
      // An activity has completed it.
      if (this.isCompleted) this.#span?.completed();
      return this;
    });
  }

  /** Into `ERRORED`, with what was thrown as metadata `error_type` and `error_message`. */
  fail(error: unknown): Promise<WorkflowOperation<'ERRORED'>> {
    const metadata = errorMetadata(innermost(error));
    return this.#write('ERRORED', { metadata });
  }

  complete(): Promise<WorkflowOperation<'COMPLETED'>> {
    return this.#write('COMPLETED', {});
  }

  /** What `work` returns; the activities that it calls work for this operation, where a run has several. */
  run<R>(work: () => R): R {
    return this.#operations.current.run(this, work);
  }

  #write<T extends OperationState>(
    to: T,
    { metadata, checkpoint }: { metadata?: TransitionOptions['metadata'] | undefined; checkpoint?: TransitionCall['checkpoint'] },
  ): Promise<WorkflowOperation<T>> {
    const argument: TransitionCall = {
      v: 1,
      operationId: this.operationId,
      requestId: this.#operations.nextRequestId(`${this.operationId}/${to}`),
      to,
      epoch: this.epoch,
      known: this.#known,
      ...(metadata === undefined ? {} : { metadata }),
      ...(checkpoint === undefined ? {} : { checkpoint }),
    };
    return this.#call(TRANSITION_OPERATION, argument, to, { to }, (answer) => {
      if (answer.kind === 'done') {
        const { from } = answer;
        this.#learn(answer);
        this.#span?.stepped(from, answer.operation);
        if (to === 'ERRORED') this.#span?.failed(metadata?.['error_message'] ?? '', metadata?.['error_type'] ?? '_OTHER');
        if (to === 'RETRYING') this.#span?.resumed();
        if (to === 'COMPLETED') this.#span?.completed();
      }
      return this;
    });
  }

  #call<R>(
    activity: OperationActivityName,
    argument: object,
    what: string,
    details: { readonly to?: OperationState },
    done: (answer: DoneAnswer) => R,
  ): Promise<R> {
    const { operationId } = this;
    if (this.#operations.isReadOnly) return Promise.reject(readOnlyCall(operationId));
    return this.#operations.commands.call(activity, argument, {
      summary: `operation: ${what}`,
      retryForMs: this.#retryForMs,
      done,
      failed: (error) => {
        const failure = asFailure(error, operationId);
        if (failure.nonRetryable === true)
          this.#span?.refused(failure.type ?? '_OTHER', { operationId, ...details, ...detailsOf(failure) });
        return failure;
      },
    });
  }

  get #known(): KnownOperation {
    const { version, refusedWrites } = this.#facts;
    return { version, refusedWrites };
  }

  #learn(answer: Extract<DoneAnswer, { readonly kind: 'done' }>): void {
    const { missed, operation } = answer;
    if (missed !== undefined) {
      this.#span?.missed(
        missed.transitions,
        missed.refused.filter(({ requestId }) => !this.#operations.isOwnRequest(requestId)),
      );
    }
    this.#facts = operation;
  }
}

/** A call that a query's handler or a validator makes: there a workflow may make no command. */
export function readOnlyCall(operationId: string): ApplicationFailure {
  return refusedCall('INVALID_OPTION', `operation ${operationId}: queries and validators cannot drive an operation`, {
    operationId,
  });
}

/** `error` as a failure of ours: what the store refused as it is, all else as the store being away. */
export function asFailure(error: unknown, operationId: string): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return ApplicationFailure.create({
    message: `operation ${operationId}: no worker and store could be reached in the time that the call had: ${reason}`,
    type: 'STORE_UNAVAILABLE',
    details: [{ operationId }],
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

function detailsOf({ details }: ApplicationFailure): Partial<RefusalDetails> {
  const [first] = details ?? [];
  return isObject(first) ? first : {};
}

function payloadProblem(
  payload: unknown,
): { readonly code: 'CHECKPOINT_TOO_LARGE' | 'INVALID_CHECKPOINT'; readonly message: string } | undefined {
  let json: string | undefined;
  try {
    json = JSON.stringify(payload);
  } catch (error) {
    return { code: 'INVALID_CHECKPOINT', message: `the checkpoint cannot be written as JSON: ${String(error)}` };
  }
  if (json === undefined)
    return { code: 'INVALID_CHECKPOINT', message: `JSON cannot say a checkpoint of type ${typeof payload}` };
  const bytes = utf8Length(json);
  if (bytes <= WORKFLOW_CHECKPOINT_BYTES_MAX) return undefined;
  return {
    code: 'CHECKPOINT_TOO_LARGE',
    message:
      `a checkpoint of ${bytes.toLocaleString('en')} bytes would go through workflow history, limit ${WORKFLOW_CHECKPOINT_BYTES_MAX.toLocaleString('en')}: ` +
      'save it in an activity, by checkpoint(state, payload) of everspan/operations',
  };
}

// What failed, rather than who passed it on: ActivityFailure, ChildWorkflowFailure and their like.
function innermost(error: unknown): unknown {
  let inner = error;
  for (let depth = 0; depth < 16; depth += 1) {
    if (!(inner instanceof TemporalFailure) || inner instanceof ApplicationFailure || inner.cause === undefined) break;
    inner = inner.cause;
  }
  return inner;
}
