import type { EncodedCheckpoint } from './checkpoint.js';
import type { Operation, OperationOwner } from './operation.js';
import { OperationError, type OperationErrorCode } from './operation-error.js';
import {
  CHECKPOINT_STORED_BYTES_MAX,
  METADATA_FIELDS_MAX,
  METADATA_NAME_LENGTH_MAX,
  METADATA_VALUE_LENGTH_MAX,
  OPERATION_ID_LENGTH_MAX,
  PAGE_OPERATIONS_MAX,
  PROGRESS_TIMEOUT_MS_MAX,
  REQUEST_ID_LENGTH_MAX,
  STEP_LENGTH_MAX,
} from './operation-limits.js';
import type { CreateOperation, OperationWrite, RenewOperation, TransitionOperation } from './operation-request.js';
import { isOperationState } from './operation-state.js';
import { isReservedField } from './reserved-fields.js';

/** @throws OperationError when `request` cannot be a creation, whatever the store holds. */
export function checkCreate(request: CreateOperation): void {
  checkWrite(request);
  checkOwner(request, request.owner);
  checkMetadata(request, request.metadata);
  if (!/^[\x21-\x7e]{1,200}$/.test(request.traceId))
    fail('INVALID_OPERATION_ID', request, `trace id ${quoted(request.traceId)} is not 1 to 200 printable ASCII characters`);
  const timeout = request.progressTimeoutMs;
  if (timeout !== undefined && !(Number.isInteger(timeout) && timeout >= 1 && timeout <= PROGRESS_TIMEOUT_MS_MAX))
    fail('INVALID_LIMIT', request, `progressTimeoutMs ${timeout} is not a whole number from 1 to ${PROGRESS_TIMEOUT_MS_MAX}`);
}

/** @throws OperationError when `request` cannot be a transition, whatever the store holds. */
export function checkTransition(request: TransitionOperation): void {
  checkWrite(request);
  if (!isOperationState(request.to)) fail('INVALID_STATE', request, `${quoted(request.to)} is no state`);
  if (request.owner !== undefined) checkOwner(request, request.owner);
  checkMetadata(request, request.metadata);
  checkCount(request, 'epoch', request.epoch);
  checkCount(request, 'ifVersion', request.ifVersion);
  if (request.forcedReason !== undefined && request.to !== 'ERRORED')
    fail('INVALID_STATE', request, `only ERRORED can be forced, not ${request.to}`);
  if (request.checkpoint !== undefined) checkCheckpoint(request, request.checkpoint);
}

/** @throws OperationError when `request` cannot be a renewal, whatever the store holds. */
export function checkRenew(request: RenewOperation): void {
  checkOperationId(request.operationId);
  checkCount(request, 'epoch', request.epoch);
  if (request.owner !== undefined) checkOwner(request, request.owner);
}

/** @throws OperationError `INVALID_OPERATION_ID`. Braces would break the hash tag that keeps an operation's keys in one slot. */
export function checkOperationId(operationId: string): void {
  if (typeof operationId === 'string' && isOperationId(operationId)) return;
  fail(
    'INVALID_OPERATION_ID',
    {},
    `operation id ${quoted(operationId)} is not 1 to ${OPERATION_ID_LENGTH_MAX} printable ASCII characters without spaces and braces`,
  );
}

/** Whether `text` can be an operation's id. */
export function isOperationId(text: string): boolean {
  return /^[\x21-\x7a|~]{1,200}$/.test(text);
}

/** @throws OperationError `INVALID_LIMIT`. */
export function checkPageLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_OPERATIONS_MAX) return;
  fail('INVALID_LIMIT', {}, `a page's limit is a whole number from 1 to ${PAGE_OPERATIONS_MAX}, not ${limit}`);
}

/** @throws OperationError `INVALID_CURSOR`, always. */
export function failCursor(cursor: string): never {
  fail('INVALID_CURSOR', {}, `cursor ${quoted(cursor)} is none that this store gave: start again without one`);
}

function checkWrite(request: OperationWrite): void {
  checkOperationId(request.operationId);
  if (typeof request.requestId === 'string' && /^[\x21-\x7e]{1,200}$/.test(request.requestId)) return;
  fail(
    'INVALID_REQUEST_ID',
    { operationId: request.operationId },
    `request id ${quoted(request.requestId)} is not 1 to ${REQUEST_ID_LENGTH_MAX} printable ASCII characters without spaces`,
  );
}

function checkOwner(request: Partial<OperationWrite>, owner: OperationOwner): void {
  const { identity, workflow } = owner;
  const texts = workflow === undefined ? [identity] : [identity, workflow.namespace, workflow.workflowId, workflow.runId];
  // Temporal's own bound of an id is 1,000 characters.
  if (texts.every((text) => typeof text === 'string' && text.length <= 1_000)) return;
  fail('INVALID_OPTION', request, 'the owner needs an identity, and of a workflow its namespace, workflow id and run id');
}

function checkMetadata(request: OperationWrite, metadata: Operation['metadata'] | undefined): void {
  if (metadata === undefined) return;
  const fields = Object.entries(metadata);
  if (fields.length > METADATA_FIELDS_MAX)
    fail('INVALID_METADATA', request, `${fields.length} metadata fields, limit ${METADATA_FIELDS_MAX}`);
  for (const [name, value] of fields) {
    if (isReservedField(name))
      fail('RESERVED_METADATA', request, `metadata field ${quoted(name)} is a field of ours: give it another name`);
    if (name.length === 0 || name.length > METADATA_NAME_LENGTH_MAX)
      fail('INVALID_METADATA', request, `metadata name ${quoted(name)} is not 1 to ${METADATA_NAME_LENGTH_MAX} characters long`);
    if (typeof value !== 'string')
      fail('INVALID_METADATA', request, `metadata field ${quoted(name)} is of type ${typeof value}: metadata values are text`);
    if (value.length > METADATA_VALUE_LENGTH_MAX)
      fail(
        'INVALID_METADATA',
        request,
        `metadata field ${quoted(name)} has ${value.length} characters, limit ${METADATA_VALUE_LENGTH_MAX}: put it into a checkpoint`,
      );
  }
}

function checkCheckpoint(request: TransitionOperation, checkpoint: EncodedCheckpoint): void {
  if (request.to === 'COMPLETED')
    fail('INVALID_CHECKPOINT', request, 'COMPLETED deletes the checkpoint: save it with an earlier transition');
  const bytes = checkpoint.payload.byteLength;
  if (bytes > CHECKPOINT_STORED_BYTES_MAX)
    fail(
      'CHECKPOINT_TOO_LARGE',
      request,
      `checkpoint of ${bytes.toLocaleString('en')} bytes after compression, limit ${CHECKPOINT_STORED_BYTES_MAX.toLocaleString('en')}: keep large values elsewhere and save where they are`,
    );
  if ((checkpoint.header.step?.length ?? 0) > STEP_LENGTH_MAX)
    fail('INVALID_CHECKPOINT', request, `the step name is longer than ${STEP_LENGTH_MAX} characters`);
}

function checkCount(request: Partial<OperationWrite>, name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return;
  fail('INVALID_LIMIT', request, `${name} ${value} is not a whole number from 0 on`);
}

function fail(code: OperationErrorCode, request: Partial<OperationWrite>, sentence: string): never {
  const { operationId, requestId } = request;
  const where = operationId === undefined ? '' : `operation ${operationId}: `;
  const which = requestId === undefined ? '' : ` (request ${requestId})`;
  throw new OperationError(code, `${where}${sentence}${which}`, { operationId, requestId });
}

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
