/** What workflow code may import: it runs in Temporal's isolate, and drags nothing of Node's in. */
export type { ActiveSpan, WithSpanOptions } from './workflows/active-span.js';
export { activeTrace, withSpan } from './workflows/with-span.js';
export type { Checkpoint, CheckpointHeader } from './operation/checkpoint.js';
export type { NextState, OperationState, TerminalState } from './operation/operation-state.js';
export { operation, type OperationOptions } from './workflows/operation.js';
export type { CheckpointOptions, TransitionOptions, WorkflowOperation } from './workflows/workflow-operation.js';
