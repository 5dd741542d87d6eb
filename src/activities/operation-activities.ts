import { Context, type Info } from '@temporalio/activity';
import type { Checkpoint } from '../operation/checkpoint.js';
import type { Operation, OperationHistory, OperationOwner } from '../operation/operation.js';
import {
  type CreateCall,
  type KnownOperation,
  type MissedSteps,
  type OperationAnswer,
  operationFacts,
  type RecoverCall,
  type RefusalDetails,
  type RenewCall,
  type TransitionCall,
} from '../operation/operation-call.js';
import { OperationError } from '../operation/operation-error.js';
import { WORKFLOW_CHECKPOINT_BYTES_MAX } from '../operation/operation-limits.js';
import { isClaiming, legalTargets } from '../operation/operation-state.js';
import { utf8Length } from '../span/clean-value.js';
import { encodeCheckpoint } from '../state/checkpoint-codec.js';
import { logSavedCheckpoint, recoverCheckpoint } from '../state/recover-checkpoint.js';
import type { OperationStore } from '../state/operation-store.js';
import {
  CREATE_OPERATION,
  type OperationActivityName,
  RECOVER_OPERATION,
  RENEW_OPERATION,
  TRANSITION_OPERATION,
} from '../wire/activity-names.js';
import { activityLog } from './activity-log.js';
import { systemClock, type Clock } from './clock.js';
import { HeldStore } from './held-store.js';
import { operationFailure } from './operation-failure.js';

export interface OperationActivitiesOptions {
  readonly store: OperationStore;
  /** Of the worker; it stands in the operation as its holder. */
  readonly identity: string;
  /** Queue of remote attempts; absent: the workflow's own. */
  readonly taskQueue?: string | undefined;
  readonly clock?: Clock;
}

/** Kept from a remote attempt's timeout, in milliseconds, so that its answer comes first. */
const REMOTE_MARGIN_MS = 250;

type Answer = Exclude<OperationAnswer, { readonly kind: 'later' }>;

/** The activities, by the names that they are registered under. */
export type OperationActivities = Record<OperationActivityName, (call: never) => Promise<OperationAnswer>>;

/**
 * The activities through which a workflow drives its operations; they go among a worker's `activities`. Stateless but for what they know of
 * the store's health: any worker can run any of them.
 *
 * As a local activity they answer `later` where the store does not answer in time. As a remote one they throw an `ApplicationFailure` that
 * Temporal retries. A refusal is an `ApplicationFailure` that is not retried, either way, its type the code.
 */
export function createOperationActivities({
  store,
  identity,
  taskQueue,
  clock = systemClock,
}: OperationActivitiesOptions): OperationActivities {
  const held = new HeldStore(clock);
  const driver = new OperationDriver(store, identity);
  const run = async (work: (info: Info) => Promise<Answer>): Promise<OperationAnswer> => {
    const { info, cancellationSignal } = Context.current();
    if (!info.isLocal) return answerInTime(work(info), info, cancellationSignal, clock);
    const answer = await held.ask(() => work(info), info);
    return answer ?? { v: 1, kind: 'later', ...(taskQueue === undefined ? {} : { taskQueue }) };
  };
  return {
    [CREATE_OPERATION]: (call: CreateCall) => run((info) => driver.create(call, info)),
    [TRANSITION_OPERATION]: (call: TransitionCall) => run((info) => driver.transition(call, info)),
    [RENEW_OPERATION]: (call: RenewCall) => run((info) => driver.renew(call, info)),
    [RECOVER_OPERATION]: (call: RecoverCall) => run(() => driver.recover(call)),
  };
}

/** `work`, or a failure to be tried again: before the attempt's own timeout, and when its worker stops. A store that hangs must not hold that up. */
function answerInTime(
  work: Promise<Answer>,
  { startToCloseTimeoutMs }: Info,
  cancelled: AbortSignal,
  clock: Clock,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      const message = 'the store has not answered in the time of this attempt: written or not, which the next attempt finds out';
      reject(operationFailure(new OperationError('WRITE_UNDECIDED', message)));
    };
    const cancelTimer = clock.after(startToCloseTimeoutMs - Math.min(REMOTE_MARGIN_MS, startToCloseTimeoutMs / 4), giveUp);
    cancelled.addEventListener('abort', giveUp, { once: true });
    const settled = (): void => {
      cancelTimer();
      cancelled.removeEventListener('abort', giveUp);
    };
    work.then(resolve, reject).finally(settled);
  });
}

/** What each call does to the store. */
class OperationDriver {
  constructor(
    private readonly store: OperationStore,
    private readonly identity: string,
  ) {}

  async create(call: CreateCall, info: Info): Promise<Answer> {
    const { operationId, requestId, traceId, metadata, progressTimeoutMs, isHandedOver = false } = call;
    try {
      if (isHandedOver) return await this.adopt(call, info);
      const owner = this.owner(info);
      const written = await this.store.create({ operationId, requestId, traceId, owner, metadata, progressTimeoutMs });
      return {
        v: 1,
        kind: 'done',
        operation: operationFacts(written.operation),
        ...(written.isRepeat ? { isRepeat: true } : {}),
      };
    } catch (error) {
      const isTaken = error instanceof OperationError && error.code === 'ALREADY_EXISTS';
      if (!isTaken || isHandedOver) throw operationFailure(error);
    }
    try {
      return await this.adopt(call, info);
    } catch (error) {
      throw operationFailure(error);
    }
  }

  async transition(call: TransitionCall, info: Info): Promise<Answer> {
    const { operationId, requestId, to, metadata, known } = call;
    let current: Operation | undefined;
    try {
      const checkpoint =
        call.checkpoint === undefined
          ? undefined
          : await encodeCheckpoint(call.checkpoint.payload, { operationId, step: call.checkpoint.step });
      current = await this.existing(operationId);
      const isOurs = isOwnedBy(current, info);
      const isNewOwner = isClaiming(to) || (isOurs && current.owner.workflow?.runId !== info.workflowExecution?.runId);
      const written = await this.store.transition({
        operationId,
        requestId,
        to,
        // An activity of this workflow may have reclaimed the operation: its epoch is the workflow's too.
        epoch: isOurs ? current.epoch : call.epoch,
        metadata,
        checkpoint,
        ...(isNewOwner ? { owner: this.owner(info) } : {}),
      });
      if (checkpoint !== undefined && !written.isRepeat) logSavedCheckpoint(activityLog, operationId, checkpoint.header);
      const missed = await this.missed(current, known, { requestId, version: written.operation.version });
      return {
        v: 1,
        kind: 'done',
        operation: operationFacts(written.operation),
        ...(written.from === undefined ? {} : { from: written.from }),
        ...(written.isRepeat ? { isRepeat: true } : {}),
        ...(missed === undefined ? {} : { missed }),
      };
    } catch (error) {
      throw operationFailure(error, refusalDetails(call, current));
    }
  }

  async renew({ operationId, epoch, known }: RenewCall, info: Info): Promise<Answer> {
    try {
      const current = await this.existing(operationId);
      const isOurs = isOwnedBy(current, info);
      const operation = await this.store.renew({ operationId, epoch: isOurs ? current.epoch : epoch });
      const missed = await this.missed(current, known);
      return { v: 1, kind: 'done', operation: operationFacts(operation), ...(missed === undefined ? {} : { missed }) };
    } catch (error) {
      throw operationFailure(error);
    }
  }

  async recover({ operationId }: RecoverCall): Promise<Answer> {
    try {
      const checkpoint = await recoverCheckpoint(this.store, operationId, { log: activityLog, now: Date.now() });
      if (checkpoint === undefined) return { v: 1, kind: 'recovered' };
      checkFitsHistory(operationId, checkpoint);
      return { v: 1, kind: 'recovered', checkpoint };
    } catch (error) {
      throw operationFailure(error);
    }
  }

  // The operation is there: from the caller or the run before this one, who named it, or from a run of this workflow that nobody named.
  private async adopt({ operationId, isHandedOver }: CreateCall, info: Info): Promise<Answer> {
    const current = await this.existing(operationId);
    if (isHandedOver !== true && !isOwnedBy(current, info)) {
      throw new OperationError(
        'ALREADY_EXISTS',
        `operation ${operationId} is there already and belongs to ${describeOwner(current.owner)}: give this one an operationId of its own`,
        { operationId },
      );
    }
    if (current.state === 'COMPLETED') {
      throw new OperationError(
        'ALREADY_EXISTS',
        `operation ${operationId} is COMPLETED already: give the new one an operationId of its own`,
        { operationId },
      );
    }
    // One that is ERRORED is at rest; its holder changes with the first write.
    const operation = await this.store.renew({ operationId, owner: this.owner(info) });
    const history = await this.store.history(operationId);
    return {
      v: 1,
      kind: 'done',
      operation: operationFacts(operation),
      isAdopted: true,
      ...(history === undefined ? {} : { missed: history }),
    };
  }

  private async existing(operationId: string): Promise<Operation> {
    const operation = await this.store.get(operationId);
    if (operation !== undefined) return operation;
    throw new OperationError(
      'NO_SUCH_OPERATION',
      `operation ${operationId}: there is none; it was never created in this store, or its time to live is over, and what is gone is not brought back`,
      { operationId },
    );
  }

  /** What others did since `known`; the caller's own write left out. */
  private async missed(
    current: Operation,
    known: KnownOperation,
    own?: { readonly requestId: string; readonly version: number },
  ): Promise<MissedSteps | undefined> {
    const refusedCount = current.refusedWrites - known.refusedWrites;
    if (current.version === known.version && refusedCount <= 0) return undefined;
    let history: OperationHistory | undefined;
    try {
      history = await this.store.history(current.operationId);
    } catch {
      // The write is done, and must not be told as failed for the sake of what only adds detail to a span.
      return undefined;
    }
    const transitions = (history?.transitions ?? []).filter(
      (step) => step.version > known.version && step.requestId !== own?.requestId && step.version < (own?.version ?? Infinity),
    );
    const refused = refusedCount <= 0 ? [] : (history?.refused ?? []).slice(-refusedCount);
    return transitions.length === 0 && refused.length === 0 ? undefined : { transitions, refused };
  }

  private owner({ namespace, workflowExecution }: Info): OperationOwner {
    if (workflowExecution === undefined) return { identity: this.identity };
    const { workflowId, runId } = workflowExecution;
    return { identity: this.identity, workflow: { namespace, workflowId, runId } };
  }
}

/** Whether a run of the calling workflow holds the operation. */
function isOwnedBy({ owner: { workflow } }: Operation, { namespace, workflowExecution }: Info): boolean {
  return workflow?.namespace === namespace && workflow.workflowId === workflowExecution?.workflowId;
}

function describeOwner({ workflow, identity }: OperationOwner): string {
  return workflow === undefined ? identity : `workflow ${workflow.workflowId} in namespace ${workflow.namespace}`;
}

function checkFitsHistory(operationId: string, { payload }: Checkpoint): void {
  const bytes = utf8Length(JSON.stringify(payload));
  if (bytes <= WORKFLOW_CHECKPOINT_BYTES_MAX) return;
  throw new OperationError(
    'CHECKPOINT_TOO_LARGE',
    `operation ${operationId}: the checkpoint has ${bytes.toLocaleString('en')} bytes, limit for workflow code ${WORKFLOW_CHECKPOINT_BYTES_MAX.toLocaleString('en')}: ` +
      'recover it in an activity, by (await currentOperation()).recover() of everspan/operations',
    { operationId },
  );
}

function refusalDetails({ operationId, to }: TransitionCall, current: Operation | undefined): RefusalDetails {
  if (current === undefined) return { operationId, to };
  const { state, version, epoch } = current;
  return { operationId, from: state, to, version, epoch, legal: legalTargets(state) };
}
