import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure, CompleteAsyncError } from '@temporalio/common';
import { cleanText } from '../span/clean-value.js';
import { ATTRIBUTE_VALUE_LENGTH_MAX, NAME_LENGTH_MAX, STATUS_MESSAGE_LENGTH_MAX } from '../span/limits.js';
import type { Attributes, SpanStatus } from '../span/span.js';
import { textOf } from '../span/text-of.js';

/** How a span ended. */
export interface Outcome {
  readonly status: Exclude<SpanStatus, 'RUNNING'>;
  readonly statusMessage?: string;
  readonly attributes?: Attributes;
  /** Attributes of the `exception` event, by OpenTelemetry's conventions. */
  readonly exception?: Attributes;
}

export const OK: Outcome = { status: 'OK' };

/**
 * The outcome of a call that threw `thrown`. Never throws, whatever was thrown.
 *
 * @param isCancelRequested - An aborted call is a cancelled one only where somebody asked for it.
 */
export function outcomeOf(thrown: unknown, isCancelRequested = false): Outcome {
  try {
    return describeThrown(thrown, isCancelRequested);
  } catch {
    // A proxy, or an error whose getters throw.
    return { status: 'ERROR', statusMessage: '[unreadable]', attributes: { 'error.type': '_OTHER' } };
  }
}

function describeThrown(thrown: unknown, isCancelRequested: boolean): Outcome {
  // The activity goes on elsewhere; whoever completes it knows how it ends.
  if (thrown instanceof CompleteAsyncError) return { status: 'OK', attributes: { 'temporal.activity.async_completion': true } };
  const statusMessage = cleanText(messageOf(thrown), STATUS_MESSAGE_LENGTH_MAX);
  if (thrown instanceof CancelledFailure || (isCancelRequested && isAbort(thrown)) || isCanceledOperation(thrown))
    return { status: 'CANCELED', statusMessage };
  const type = cleanText(typeOf(thrown), NAME_LENGTH_MAX);
  // An application says of a benign failure that it is expected: no error in telemetry.
  if (thrown instanceof ApplicationFailure && thrown.category === ApplicationFailureCategory.BENIGN) {
    return { status: 'OK', statusMessage, attributes: { 'error.type': type, 'temporal.failure.category': 'BENIGN' } };
  }
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return {
    status: 'ERROR',
    statusMessage,
    attributes: {
      'error.type': type,
      ...(thrown instanceof ApplicationFailure && thrown.nonRetryable === true ? { 'temporal.failure.non_retryable': true } : {}),
    },
    exception: {
      'exception.type': type,
      'exception.message': statusMessage,
      ...(typeof stack === 'string' ? { 'exception.stacktrace': cleanText(stack, ATTRIBUTE_VALUE_LENGTH_MAX) } : {}),
    },
  };
}

// What AbortSignal makes of an abort, in whichever library it surfaces.
function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}

// nexus-rpc's OperationError; by shape, since that package is no peer of ours.
function isCanceledOperation(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'OperationError' && (thrown as { state?: unknown }).state === 'canceled';
}

function messageOf(thrown: unknown): string {
  return textOf(thrown instanceof Error ? thrown.message : thrown);
}

function typeOf(thrown: unknown): string {
  if (thrown instanceof ApplicationFailure && typeof thrown.type === 'string' && thrown.type !== '') return thrown.type;
  if (thrown instanceof Error) return textOf(thrown.name);
  return typeof thrown;
}
