import { OperationError } from './operation-error.js';
import { legalTargets, type OperationState } from './operation-state.js';

/** The write that was refused. */
interface RefusedRequest {
  readonly operationId: string;
  readonly requestId?: string | undefined;
}

/** `NO_SUCH_OPERATION`. */
export function noSuchOperation(request: RefusedRequest): OperationError {
  return new OperationError(
    'NO_SUCH_OPERATION',
    `operation ${request.operationId}: there is none; it was never created, or its time to live is over. Create it first; what is gone is not brought back`,
    request,
  );
}

/** `ALREADY_EXISTS`. */
export function alreadyExists(request: RefusedRequest): OperationError {
  return new OperationError(
    'ALREADY_EXISTS',
    `operation ${request.operationId} was created by another request than ${request.requestId}: adopt it, or give the new one an id of its own`,
    request,
  );
}

/** `ILLEGAL_TRANSITION`: both states, and where it could go. */
export function illegalTransition(request: RefusedRequest, from: string, to: OperationState): OperationError {
  const legal = legalTargets(from);
  const wayOut =
    legal.length === 0
      ? `${from} is final`
      : `from ${from} it may go to ${legal.join(', ')}${from === 'DELIVERING' && to === 'RECLAIMED' ? ' (what is being delivered is not reclaimed: ERRORED, then RETRYING)' : ''}`;
  return new OperationError(
    'ILLEGAL_TRANSITION',
    `operation ${request.operationId}: ${from} to ${to} is no legal transition; ${wayOut} (request ${request.requestId})`,
    request,
  );
}

/** `STALE_EPOCH`: the writer is no longer the holder, or the store has forgotten the claim. */
export function staleEpoch(request: RefusedRequest, epoch: number, currentEpoch: number): OperationError {
  const reason =
    epoch < currentEpoch
      ? 'another has claimed or reclaimed it since; stop this work'
      : 'the store does not know of that claim, which a fail-over can lose; claim it again';
  return new OperationError(
    'STALE_EPOCH',
    `operation ${request.operationId} is at epoch ${currentEpoch}, the writer at ${epoch}: ${reason}${request.requestId === undefined ? '' : ` (request ${request.requestId})`}`,
    request,
  );
}

/** `VERSION_CHANGED`. */
export function versionChanged(request: RefusedRequest, expected: number, current: number): OperationError {
  return new OperationError(
    'VERSION_CHANGED',
    `operation ${request.operationId} is at version ${current}, not ${expected}: somebody has written since; read it again and decide anew (request ${request.requestId})`,
    request,
  );
}

/** `INVALID_REQUEST_ID`: two different writes under one name. */
export function requestIdReused(request: RefusedRequest, applied: OperationState, asked: OperationState): OperationError {
  return new OperationError(
    'INVALID_REQUEST_ID',
    `operation ${request.operationId}: request ${request.requestId} has already put it into ${applied} and cannot put it into ${asked}: give each write an id of its own`,
    request,
  );
}

/** `INVALID_METADATA`: too many fields with those that it has. */
export function tooManyFields(request: RefusedRequest, limit: number): OperationError {
  return new OperationError(
    'INVALID_METADATA',
    `operation ${request.operationId}: more than ${limit} metadata fields with those that it has; put what is large or many into a checkpoint (request ${request.requestId})`,
    request,
  );
}

/** `CHECKPOINT_CORRUPT`. */
export function corruptCheckpoint(operationId: string, reason: string): OperationError {
  return new OperationError(
    'CHECKPOINT_CORRUPT',
    `checkpoint of operation ${operationId}: ${reason}; it cannot be resumed from: begin again, or put the operation into ERRORED`,
    { operationId },
  );
}
