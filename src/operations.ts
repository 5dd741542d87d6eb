/** Operations outside workflow code: in activities, at ingress, in consumers; and where they are kept. */
export { checkpoint, currentOperation, operationActivity } from './activities/current-operation.js';
export {
  createOperationActivities,
  type OperationActivities,
  type OperationActivitiesOptions,
} from './activities/operation-activities.js';
export type { CheckpointOptions, HeldOperation, TransitionOptions } from './activities/held-operation.js';
export { createOperationClientInterceptor } from './interceptors/client-operation.js';
export { type ActivityOperationOptions, createOperationInterceptor } from './interceptors/operation-interceptor.js';
export type { Checkpoint, CheckpointHeader, EncodedCheckpoint } from './operation/checkpoint.js';
export type { Operation, OperationHistory, OperationOwner, RecordedTransition, RefusedWrite } from './operation/operation.js';
export { OperationError, type OperationErrorCode } from './operation/operation-error.js';
export {
  isTerminal,
  isValidTransition,
  legalTargets,
  type NextState,
  OPERATION_STATES,
  type OperationState,
  type TerminalState,
} from './operation/operation-state.js';
export { type CreateOptions, OperationClient, type OperationClientOptions } from './operations/operation-client.js';
export { MemoryOpenSpanIndex } from './state/memory-open-span-index.js';
export { MemoryOperationStore, type MemoryOperationStoreOptions } from './state/memory-operation-store.js';
export type { CheckpointLog } from './state/recover-checkpoint.js';
export { RedisOpenSpanIndex, type RedisOpenSpanIndexOptions } from './state/redis-open-span-index.js';
export { RedisOperationStore, type RedisOperationStoreOptions } from './state/redis-operation-store.js';
export type { OpenSpanIndex, RunPage, SpanRun } from './state/open-span-index.js';
export type {
  CreateOperation,
  OperationPage,
  OperationStore,
  StoredCheckpoint,
  TransitionOperation,
  Written,
} from './state/operation-store.js';
