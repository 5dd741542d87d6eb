import type { Info } from '@temporalio/activity';
import type { Operation, OperationOwner } from '../operation/operation.js';
import { OperationError } from '../operation/operation-error.js';
import type { OperationMention } from '../operation/operation-header.js';
import { murmur128Hex } from '../span/murmur128.js';
import type { OperationStore } from '../state/operation-store.js';
import { activityLog } from './activity-log.js';
import { HeldOperation } from './held-operation.js';
import { resend } from './resend.js';

/** What an attempt of an activity is to an operation's store. */
export type AttemptInfo = Pick<Info, 'activityId' | 'attempt' | 'workflowExecution' | 'namespace'>;

/**
 * The operation that an attempt of an activity works for, as its caller's header names it. The store is asked when the operation is first
 * wanted, once.
 *
 * The epoch that the attempt gets is the present one, as an activity before it may have reclaimed the operation, unless a later attempt of this
 * very activity has: then this one is a zombie, and keeps the epoch that it came with, under which every write is refused.
 *
 *   attempt 1   epoch 1 |--- stalls ------------------------- wakes: epoch 1, refused
 *   attempt 2               |--- reclaims: epoch 3 ---|
 */
export class ActivityOperation {
  readonly #store: OperationStore;
  readonly #mention: OperationMention;
  readonly #info: AttemptInfo;
  readonly #identity: string;
  #held: Promise<HeldOperation> | undefined;

  constructor(store: OperationStore, mention: OperationMention, info: AttemptInfo, identity: string) {
    this.#store = store;
    this.#mention = mention;
    this.#info = info;
    this.#identity = identity;
  }

  /**
   * The operation, with this attempt's epoch.
   *
   * @throws OperationError `NO_SUCH_OPERATION`, or that the store is away.
   */
  hold(): Promise<HeldOperation> {
    this.#held ??= this.#acquire().catch((error: unknown) => {
      // The next call asks anew.
      this.#held = undefined;
      throw error;
    });
    return this.#held;
  }

  /** The same; a later attempt than the first takes the operation over before. For activities that are declared to drive it. */
  async takeOver(): Promise<HeldOperation> {
    const held = await this.hold();
    if (this.#info.attempt > 1) await held.takeOver({ begunAt: this.#mention.st });
    return held;
  }

  async #acquire(): Promise<HeldOperation> {
    const { id } = this.#mention;
    const operation = await resend(() => this.#store.get(id));
    if (operation === undefined) {
      throw new OperationError(
        'NO_SUCH_OPERATION',
        `operation ${id}: there is none; its time to live is over, or this worker has another store than the workflow's`,
        { operationId: id },
      );
    }
    const prefix = attemptPrefix(this.#info);
    let ordinal = 0;
    const writer = {
      owner: this.#owner(),
      log: activityLog,
      nextRequestId: () => {
        ordinal += 1;
        return `${prefix}${this.#info.attempt}-${ordinal}`;
      },
    };
    return new HeldOperation(this.#store, writer, operation, await this.#epochOf(operation, prefix));
  }

  async #epochOf(operation: Operation, prefix: string): Promise<number> {
    const { e: epoch = operation.epoch } = this.#mention;
    if (epoch === operation.epoch) return epoch;
    const { workflow } = operation.owner;
    const isOfOurWorkflow =
      workflow !== undefined &&
      workflow.namespace === this.#info.namespace &&
      workflow.workflowId === this.#info.workflowExecution?.workflowId;
    if (!isOfOurWorkflow) return epoch;
    const history = await resend(() => this.#store.history(operation.operationId));
    const isZombie = history?.transitions.some(
      ({ requestId }) => requestId.startsWith(prefix) && attemptOf(requestId, prefix) > this.#info.attempt,
    );
    return isZombie === true ? epoch : operation.epoch;
  }

  #owner(): OperationOwner {
    const { namespace, workflowExecution } = this.#info;
    return {
      identity: this.#identity,
      ...(workflowExecution === undefined
        ? {}
        : { workflow: { namespace, workflowId: workflowExecution.workflowId, runId: workflowExecution.runId } }),
    };
  }
}

// Short: an operation's log of its transitions is bounded in bytes, and the ids stand in it.
function attemptPrefix({ workflowExecution, activityId }: AttemptInfo): string {
  return `${murmur128Hex(`${workflowExecution?.runId ?? ''}/${activityId}`).slice(0, 16)}-`;
}

function attemptOf(requestId: string, prefix: string): number {
  return Number.parseInt(requestId.slice(prefix.length), 10);
}
