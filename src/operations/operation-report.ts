import type { SpanReporter } from '../interceptors/span-reporter.js';
import type { Operation, OperationHistory } from '../operation/operation.js';
import { momentsOf, OPERATION_SPAN_TYPE } from '../operation/operation-moments.js';
import { deriveSpanId, isTraceId } from '../span/ids.js';
import { SPAN_MOMENTS_MAX } from '../span/limits.js';
import type { Span, SpanMoment } from '../span/span.js';
import type { OperationStore } from '../state/operation-store.js';
import { EVERSPAN_SCOPE } from '../wire/scope.js';

/**
 * Reports the span of an operation that has come to rest outside Temporal: whole, as one END, from what the store has recorded, whoever took
 * the steps. After a failure that it recovers from it is reported again when it completes; the later end stays.
 *
 * Never rejects: an operation is not held to its span.
 */
export async function reportOperation(
  reporter: SpanReporter,
  store: OperationStore,
  operation: Operation,
  parentId: string | undefined,
): Promise<void> {
  if (!isTraceId(operation.traceId)) return;
  let history: OperationHistory | undefined;
  try {
    history = await store.history(operation.operationId);
  } catch {
    // The store went away after the write: the span says less.
  }
  const span = operationSpan(operation, history, reporter);
  reporter.enqueue([parentId === undefined ? span : { ...span, parentId }]);
}

function operationSpan(operation: Operation, history: OperationHistory | undefined, { resource }: SpanReporter): Span {
  const { operationId, traceId, state, version, epoch, createdAt, updatedAt, metadata } = operation;
  const hasFailed = state === 'ERRORED' || history?.transitions.at(-1)?.from === 'ERRORED';
  const { error_type: errorType, error_message: errorMessage } = metadata;
  const moments = history === undefined ? [] : momentsOf(history);
  const events = moments.slice(-SPAN_MOMENTS_MAX);
  return {
    spanId: deriveSpanId(traceId, OPERATION_SPAN_TYPE, operationId),
    traceId,
    name: 'operation',
    kind: 'INTERNAL',
    type: OPERATION_SPAN_TYPE,
    startTime: createdAt * 1_000,
    endTime: updatedAt * 1_000,
    status: hasFailed ? 'ERROR' : 'OK',
    ...(hasFailed && errorMessage !== undefined ? { statusMessage: errorMessage } : {}),
    attributes: {
      'everspan.operation.id': operationId,
      'everspan.operation.state': state,
      'everspan.operation.version': version,
      'everspan.operation.epoch': epoch,
      ...(hasFailed && errorType !== undefined ? { 'error.type': errorType } : {}),
      ...(isWhole(operation, history, events) ? {} : { 'everspan.truncated': ['events'] }),
    },
    events,
    links: [],
    resource,
    scope: EVERSPAN_SCOPE,
    source: 'observed',
    revision: 0,
    attempt: 1,
  };
}

/** Whether every step is among `events`: of a long history the store keeps the creation and the last ones. */
function isWhole({ refusedWrites }: Operation, history: OperationHistory | undefined, events: readonly SpanMoment[]): boolean {
  if (history === undefined) return false;
  const { transitions, refused } = history;
  if (events.length < transitions.length + refused.length || refused.length < refusedWrites) return false;
  return transitions.every(({ from }, index) => from === transitions[index - 1]?.to);
}
