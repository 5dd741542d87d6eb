import type { OperationError } from './operation-error.js';
import type { Operation } from './operation.js';
import { appendRefusal, appendTransition, hasRequest, readLogs } from './operation-log.js';
import { METADATA_FIELDS_MAX, PROGRESS_TIMEOUT_MS } from './operation-limits.js';
import { expiryOf, type OperationLifetimes, type OperationRecord } from './operation-record.js';
import type { CreateOperation, RenewOperation, TransitionOperation, Written } from './operation-request.js';
import { isClaiming, isTerminal, isValidTransition } from './operation-state.js';
import {
  alreadyExists,
  illegalTransition,
  noSuchOperation,
  requestIdReused,
  staleEpoch,
  tooManyFields,
  versionChanged,
} from './refusals.js';

/** What one write makes of a record, and what it answers. A refused write answers an error, and may still be counted in the record. */
export interface Step<Answer> {
  readonly record: OperationRecord | undefined;
  readonly answer: Answer | OperationError;
}

/** When it is, by the store's clock in milliseconds since the epoch, and how long the store keeps things. */
export interface StepContext {
  readonly now: number;
  readonly lifetimes: OperationLifetimes;
}

// The order of the checks is the same here and in the scripts: missing, repeated, version, epoch, table, metadata.

/** The creation of an operation that is not there; `request` was checked. */
export function createOperation(
  known: OperationRecord | undefined,
  request: CreateOperation,
  context: StepContext,
): Step<Written> {
  if (known !== undefined) {
    const created = readLogs(known.logs).transitions.find(({ requestId }) => requestId === request.requestId);
    if (created === undefined) return { record: known, answer: alreadyExists(request) };
    if (created.from !== undefined) return { record: known, answer: requestIdReused(request, created.to, 'RECEIVED') };
    return { record: known, answer: repeated(known, request.requestId) };
  }
  const { now } = context;
  const progressTimeoutMs = request.progressTimeoutMs ?? PROGRESS_TIMEOUT_MS;
  const operation: Operation = {
    operationId: request.operationId,
    traceId: request.traceId,
    state: 'RECEIVED',
    version: 1,
    epoch: 0,
    owner: request.owner,
    createdAt: now,
    updatedAt: now,
    deadline: now + progressTimeoutMs,
    progressTimeoutMs,
    metadata: { ...request.metadata },
    refusedWrites: 0,
  };
  const transitions = appendTransition('', {
    to: 'RECEIVED',
    version: 1,
    epoch: 0,
    at: now,
    requestId: request.requestId,
  });
  const record = {
    operation,
    logs: { transitions, refusals: '' },
    expiresAt: expiryOf(operation, now, context.lifetimes),
  };
  return { record, answer: { operation, from: undefined, isRepeat: false } };
}

/** One step of the state machine; `request` was checked. */
export function transitionOperation(
  known: OperationRecord | undefined,
  request: TransitionOperation,
  context: StepContext,
): Step<Written> {
  if (known === undefined) return { record: known, answer: noSuchOperation(request) };
  const { operation } = known;
  const { to, requestId, ifVersion } = request;
  if (hasRequest(known.logs.transitions, requestId)) return { record: known, answer: repeated(known, requestId, request) };
  if (ifVersion !== undefined && ifVersion !== operation.version) {
    return { record: known, answer: versionChanged(request, ifVersion, operation.version) };
  }
  const isForced = request.forcedReason !== undefined;
  // A claim is open to whoever comes first; everything else, and a claim that carries an epoch, is for the holder.
  const epoch = request.epoch ?? (isClaiming(to) ? operation.epoch : 0);
  if (!isForced && epoch !== operation.epoch) return refuse(known, { code: 'STALE_EPOCH', epoch, request }, context);
  const isLegal = isForced ? !isTerminal(operation.state) : isValidTransition(operation.state, to);
  if (!isLegal) return refuse(known, { code: 'ILLEGAL_TRANSITION', epoch, request }, context);
  const metadata = { ...operation.metadata, ...request.metadata };
  if (request.metadata !== undefined && Object.keys(metadata).length > METADATA_FIELDS_MAX) {
    return { record: known, answer: tooManyFields(request, METADATA_FIELDS_MAX) };
  }
  return advance(known, request, metadata, context);
}

/** A sign of life; `request` was checked. */
export function renewOperation(
  known: OperationRecord | undefined,
  request: RenewOperation,
  context: StepContext,
): Step<Operation> {
  if (known === undefined) return { record: known, answer: noSuchOperation(request) };
  const { operation } = known;
  if (request.epoch !== undefined && request.epoch !== operation.epoch) {
    return refuse(known, { code: 'STALE_EPOCH', epoch: request.epoch, request }, context);
  }
  if (isTerminal(operation.state)) return { record: known, answer: operation };
  const renewed: Operation = {
    ...operation,
    version: operation.version + 1,
    updatedAt: context.now,
    deadline: context.now + operation.progressTimeoutMs,
    owner: request.owner ?? operation.owner,
  };
  const expiresAt = expiryOf(renewed, context.now, context.lifetimes);
  return { record: { ...known, operation: renewed, expiresAt }, answer: renewed };
}

function advance(
  known: OperationRecord,
  request: TransitionOperation,
  metadata: Operation['metadata'],
  { now, lifetimes }: StepContext,
): Step<Written> {
  const { to, requestId, forcedReason } = request;
  const from = known.operation.state;
  const version = known.operation.version + 1;
  const epoch = known.operation.epoch + (isClaiming(to) ? 1 : 0);
  const operation: Operation = {
    ...known.operation,
    state: to,
    version,
    epoch,
    updatedAt: now,
    deadline: isTerminal(to) ? known.operation.deadline : now + known.operation.progressTimeoutMs,
    owner: request.owner ?? known.operation.owner,
    metadata,
  };
  const reason = forcedReason === undefined ? {} : { forcedReason };
  const entry = { from, to, version, epoch, at: now, requestId, ...reason };
  const { checkpoint: kept, ...rest } = known;
  const saved =
    request.checkpoint === undefined
      ? kept
      : { header: { ...request.checkpoint.header, savedAt: now, state: to }, payload: request.checkpoint.payload };
  const record: OperationRecord = {
    ...rest,
    operation,
    logs: { ...known.logs, transitions: appendTransition(known.logs.transitions, entry) },
    expiresAt: expiryOf(operation, now, lifetimes),
    // What is completed is not resumed.
    ...(saved === undefined || to === 'COMPLETED' ? {} : { checkpoint: saved }),
  };
  return { record, answer: { operation, from, isRepeat: false } };
}

/** Leaves everything as it was, but for the count and the list of refused writes; a request that is refused again counts once. */
function refuse(
  known: OperationRecord,
  refusal: {
    readonly code: 'ILLEGAL_TRANSITION' | 'STALE_EPOCH';
    readonly epoch: number;
    readonly request: TransitionOperation | RenewOperation;
  },
  { now }: StepContext,
): { record: OperationRecord; answer: OperationError } {
  const { code, epoch, request } = refusal;
  const { state: from, epoch: currentEpoch } = known.operation;
  const step = 'to' in request ? { to: request.to, requestId: request.requestId } : {};
  const answer =
    code === 'STALE_EPOCH' || !('to' in request)
      ? staleEpoch(request, epoch, currentEpoch)
      : illegalTransition(request, from, request.to);
  if ('to' in request && hasRequest(known.logs.refusals, request.requestId)) return { record: known, answer };
  const refusals = appendRefusal(known.logs.refusals, { code, from, epoch, currentEpoch, at: now, ...step });
  const operation = { ...known.operation, refusedWrites: known.operation.refusedWrites + 1 };
  return { record: { ...known, operation, logs: { ...known.logs, refusals } }, answer };
}

/** The answer of before: what the holder of an older epoch must not learn from it is the newer one. */
function repeated(known: OperationRecord, requestId: string, request?: TransitionOperation): Written | OperationError {
  const entry = readLogs(known.logs).transitions.find((one) => one.requestId === requestId);
  if (entry === undefined) return noSuchOperation({ operationId: known.operation.operationId, requestId });
  if (request !== undefined && entry.to !== request.to) return requestIdReused(request, entry.to, request.to);
  const { to, version, epoch, at } = entry;
  return { operation: { ...known.operation, state: to, version, epoch, updatedAt: at }, from: entry.from, isRepeat: true };
}
