import type { Checkpoint } from '../operation/checkpoint.js';
import type { Operation, OperationOwner } from '../operation/operation.js';
import { errorMetadata } from '../operation/error-metadata.js';
import { CHECKPOINT_SCHEMA_VERSION } from '../operation/operation-limits.js';
import { isClaiming, isTerminal, isValidTransition, type NextState, type OperationState } from '../operation/operation-state.js';
import type { JsonValue } from '../span/span.js';
import { encodeCheckpoint } from '../state/checkpoint-codec.js';
import type { OperationStore, TransitionOperation } from '../state/operation-store.js';
import { type CheckpointLog, logSavedCheckpoint, recoverCheckpoint } from '../state/recover-checkpoint.js';
import { resend } from './resend.js';

/** Who writes: an attempt of an activity, or a process outside Temporal. */
export interface OperationWriter {
  readonly owner: OperationOwner;
  /** A request id that nobody has used, for one write. */
  nextRequestId(): string;
  /** Told of checkpoints that are saved and recovered. Default: nobody. */
  readonly log?: CheckpointLog | undefined;
  /** Told when a write has put the operation to rest, in `COMPLETED` or `ERRORED`; must not reject. Default: nobody. */
  readonly atRest?: ((operation: Operation) => Promise<void>) | undefined;
}

/** What goes with a transition. */
export interface TransitionOptions {
  /** Merged into the operation's metadata. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface CheckpointOptions extends TransitionOptions {
  /** What the work had come to, for people. */
  readonly step?: string | undefined;
}

export interface TakeOverOptions {
  readonly begunAt?: OperationState | undefined;
  readonly ifVersion?: number;
}

/**
 * An operation as a process outside the workflow holds it, with the epoch that it was given. A write after another has claimed or reclaimed
 * the operation is refused.
 *
 * Each method moves one and the same object on; what it returns is that object, typed by the state it is in now.
 */
export class HeldOperation<S extends OperationState = OperationState> {
  readonly #store: OperationStore;
  readonly #writer: OperationWriter;
  #operation: Operation;
  #epoch: number;
  #hasTakenOver = false;

  constructor(store: OperationStore, writer: OperationWriter, operation: Operation, epoch = operation.epoch) {
    this.#store = store;
    this.#writer = writer;
    this.#operation = operation;
    this.#epoch = epoch;
  }

  get operationId(): string {
    return this.#operation.operationId;
  }

  get traceId(): string {
    return this.#operation.traceId;
  }

  /** As this holder last saw it. */
  get state(): OperationState {
    return this.#operation.state;
  }

  get version(): number {
    return this.#operation.version;
  }

  /** The fence that this holder has. */
  get epoch(): number {
    return this.#epoch;
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.#operation.metadata;
  }

  /** @throws OperationError `ILLEGAL_TRANSITION`, `STALE_EPOCH`, `NO_SUCH_OPERATION`, `RESERVED_METADATA`, or that the store is away. */
  async transition<T extends NextState<S>>(to: T, options: TransitionOptions = {}): Promise<HeldOperation<T>> {
    return this.#write(to, options);
  }

  /**
   * Puts the operation into `to` and saves `payload` with it, in one step.
   *
   * @throws OperationError as `transition`, and `CHECKPOINT_TOO_LARGE`.
   */
  async checkpoint<T extends Exclude<NextState<S>, 'COMPLETED'>>(
    to: T,
    payload: JsonValue,
    options: CheckpointOptions = {},
  ): Promise<HeldOperation<T>> {
    const { operationId } = this;
    const checkpoint = await encodeCheckpoint(payload, { operationId, step: options.step });
    const written = await this.#write(to, { metadata: options.metadata, checkpoint });
    if (this.#writer.log !== undefined) logSavedCheckpoint(this.#writer.log, operationId, checkpoint.header);
    return written;
  }

  /**
   * What was saved last; `undefined` where nothing was, or by a schema that this version does not read.
   *
   * @throws OperationError `CHECKPOINT_CORRUPT`.
   */
  async recover(): Promise<Checkpoint | undefined> {
    const { log } = this.#writer;
    return resend(() => recoverCheckpoint(this.#store, this.operationId, { log, now: Date.now() }));
  }

  /** Takes the operation, under a new epoch. An attempt that has taken it over, and left it `CLAIMED`, keeps it as it is. */
  async claim(): Promise<HeldOperation<'CLAIMED'>> {
    if (this.#hasTakenOver && this.state === 'CLAIMED') return this;
    return this.#write('CLAIMED', {});
  }

  /** Takes the operation from whoever has it, under a new epoch. */
  async reclaim(): Promise<HeldOperation<'RECLAIMED'>> {
    return this.#write('RECLAIMED', {});
  }

  /** A sign of life: moves the deadline, which for a consumer outside Temporal is its lease. */
  async heartbeat(): Promise<this> {
    this.#operation = await resend(() => this.#store.renew({ operationId: this.operationId, epoch: this.#epoch }));
    return this;
  }

  /** Into `ERRORED`, with what was thrown as metadata `error_type` and `error_message`. */
  async fail(error: unknown): Promise<HeldOperation<'ERRORED'>> {
    return this.#write('ERRORED', { metadata: errorMetadata(error) });
  }

  async complete(): Promise<HeldOperation<'COMPLETED'>> {
    return this.#write('COMPLETED', {});
  }

  /**
   * Takes the operation over from a holder that is gone: `RECLAIMED`, then `CLAIMED`, then on to where work can go on. With a checkpoint that is
   * `INFERRING` at least, since the checkpoint replaces the gathering; without one it is where the first attempt began.
   *
   * @param options.begunAt - The state in which the first attempt found the operation.
   * @param options.ifVersion - Only where nobody has written since.
   * @returns False where there is nothing to take over: not claimed yet, at rest, or `DELIVERING`, which goes by `ERRORED` and `RETRYING`.
   */
  async takeOver({ begunAt = 'CLAIMED', ifVersion }: TakeOverOptions = {}): Promise<boolean> {
    const way = wayBack(this.state);
    if (way === undefined) return false;
    const saved = await this.#store.checkpoint(this.operationId);
    // One of another schema replaces nothing: nobody here can read it.
    const isReadable = saved?.header.schemaVersion === CHECKPOINT_SCHEMA_VERSION;
    const steps = [...way, ...wayOn(begunAt, isReadable)];
    for (const [index, to] of steps.entries()) await this.#write(to, index === 0 ? { ifVersion } : {});
    this.#hasTakenOver = true;
    return true;
  }

  async #write<T extends OperationState>(
    to: T,
    { metadata, checkpoint, ifVersion }: Pick<TransitionOperation, 'metadata' | 'checkpoint' | 'ifVersion'>,
  ): Promise<HeldOperation<T>> {
    const request: TransitionOperation = {
      operationId: this.operationId,
      requestId: this.#writer.nextRequestId(),
      to,
      epoch: this.#epoch,
      metadata,
      checkpoint,
      ifVersion,
      ...(isClaiming(to) ? { owner: this.#writer.owner } : {}),
    };
    const written = await resend(() => this.#store.transition(request));
    this.#operation = written.operation;
    this.#epoch = written.operation.epoch;
    if (isTerminal(to)) await this.#writer.atRest?.(written.operation);
    return this;
  }
}

/** How an operation in `state` becomes `CLAIMED` again. */
function wayBack(state: OperationState): readonly OperationState[] | undefined {
  // Whoever reclaimed it died before the next step.
  if (state === 'RECLAIMED') return ['CLAIMED'];
  return isValidTransition(state, 'RECLAIMED') ? ['RECLAIMED', 'CLAIMED'] : undefined;
}

function wayOn(begunAt: OperationState, hasCheckpoint: boolean): readonly OperationState[] {
  switch (begunAt) {
    case 'PRE_INFERENCE_GATHER':
      return hasCheckpoint ? ['PRE_INFERENCE_GATHER', 'INFERRING'] : ['PRE_INFERENCE_GATHER'];
    case 'INFERRING':
      return ['PRE_INFERENCE_GATHER', 'INFERRING'];
    case 'TOOL_EXECUTING':
    case 'POSTPROCESSING':
      return ['PRE_INFERENCE_GATHER', 'INFERRING', begunAt];
    default:
      return hasCheckpoint ? ['PRE_INFERENCE_GATHER', 'INFERRING'] : [];
  }
}
