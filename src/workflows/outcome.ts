import { NexusOperationFailure } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  ContinueAsNew,
  isCancellation,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { STATUS_MESSAGE_LENGTH_MAX } from '../span/limits.js';
import { cleanText } from '../span/clean-value.js';
import type { Attributes, SpanStatus } from '../span/span.js';
import type { Isolate } from './isolate.js';

/** How a span ended. */
export interface Outcome {
  readonly status: Exclude<SpanStatus, 'RUNNING'>;
  readonly statusMessage?: string;
  readonly attributes?: Attributes;
}

export const OK: Outcome = { status: 'OK' };

/**
 * The outcome of a call that failed with `error`, as Temporal records it of the call itself: timed out, terminated or canceled only where
 * that befell what was called. A child that failed because an activity of it timed out has failed.
 *
 * Never throws, whatever was thrown.
 */
export function outcomeOfCall(error: unknown): Outcome {
  return readably(() => {
    // The failure of a call wraps what befell it; what that wraps is how it came about.
    const befell = isCallFailure(error) ? error.cause : error;
    const outcome = describeError(error);
    if (befell instanceof TimeoutFailure) return { ...outcome, status: 'TIMED_OUT' };
    if (befell instanceof TerminatedFailure) return { ...outcome, status: 'TERMINATED' };
    return outcome;
  });
}

/**
 * The outcome of code of the user's (a `withSpan` body, a handler) that threw `error`: canceled where it was that, else an error, also
 * where it was a call that timed out or was terminated. `error.type` says which. Never throws, whatever was thrown.
 */
export function outcomeOfBody(error: unknown): Outcome {
  return readably(() => describeError(error));
}

/** The outcome of the run that `error` closes, as Temporal records it: canceled only where the server asked for it, else failed. */
export function outcomeOfRun(isolate: Isolate, error: unknown): Outcome {
  const outcome = outcomeOfBody(error);
  const isCancelled = isolate.cancelled ?? isolate.rootScope?.consideredCancelled ?? false;
  if (outcome.status !== 'CANCELED' || isCancelled) return outcome;
  return { attributes: { 'error.type': 'CancelledFailure' }, ...outcome, status: 'ERROR' };
}

function readably(read: () => Outcome): Outcome {
  try {
    return read();
  } catch {
    // A proxy, or an error whose getters throw.
    return { status: 'ERROR', statusMessage: '[unreadable]', attributes: { 'error.type': '_OTHER' } };
  }
}

function isCallFailure(error: unknown): error is ActivityFailure | ChildWorkflowFailure | NexusOperationFailure {
  return error instanceof ActivityFailure || error instanceof ChildWorkflowFailure || error instanceof NexusOperationFailure;
}

function describeError(error: unknown): Outcome {
  if (error instanceof ContinueAsNew) return { status: 'CONTINUED' };
  const cause = innermost(error);
  const statusMessage = cleanText(messageOf(cause), STATUS_MESSAGE_LENGTH_MAX);
  if (isCancellation(error)) return { status: 'CANCELED', statusMessage };
  const attributes = { 'error.type': cleanText(typeOf(cause), 256) };
  // An application says of a benign failure that it is expected: no error in telemetry.
  if (cause instanceof ApplicationFailure && cause.category === 'BENIGN') {
    return { status: 'OK', statusMessage, attributes: { ...attributes, 'temporal.failure.category': 'BENIGN' } };
  }
  return { status: 'ERROR', statusMessage, attributes };
}

/**
 * Whether `error`, thrown out of the workflow function or a handler, closes the run. Any other only fails the workflow task, which
 * the server tries again: then nothing may be emitted.
 *
 * @param from - An update's handler rejects its update with a TemporalFailure, and the run goes on.
 */
export function closesRun(isolate: Isolate, error: unknown, from: 'execute' | 'signal' | 'update'): boolean {
  if (from === 'update' && error instanceof TemporalFailure) return false;
  if (error instanceof ContinueAsNew || error instanceof TemporalFailure) return true;
  return isConfiguredFailure(isolate, error);
}

/** Whether the user declared errors like `error` to fail the workflow: the SDK's own rule, or its two public fields read alike. */
export function isConfiguredFailure(isolate: Isolate, error: unknown): boolean {
  if (typeof isolate.isConfiguredFailureException === 'function') return isolate.isConfiguredFailureException(error);
  const types = isolate.workflowDefinitionFailureExceptionTypes ?? [];
  if (types.some((type) => type === Error || error instanceof type)) return true;
  const names = isolate.failureExceptionTypeNames ?? [];
  if (names.includes('Error')) return true;
  for (
    let type: unknown = constructorOf(error);
    typeof type === 'function' && type !== Function.prototype;
    type = Object.getPrototypeOf(type)
  ) {
    if (names.includes(type.name)) return true;
  }
  return false;
}

// What failed, rather than who passed it on: ActivityFailure, ChildWorkflowFailure and their like wrap the cause.
function innermost(error: unknown): unknown {
  let inner = error;
  for (let depth = 0; depth < 16; depth += 1) {
    const cause: unknown = inner instanceof TemporalFailure ? inner.cause : undefined;
    if (cause === undefined || cause === null) break;
    inner = cause;
  }
  return inner;
}

function typeOf(error: unknown): string {
  if (error instanceof ApplicationFailure && typeof error.type === 'string' && error.type !== '') return error.type;
  if (error instanceof Error) return error.name;
  return '_OTHER';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? String(error.message) : String(error);
}

function constructorOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? error.constructor : undefined;
}
