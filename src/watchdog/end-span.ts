import type { Operation } from '../operation/operation.js';
import { STATUS_MESSAGE_LENGTH_MAX } from '../span/limits.js';
import { cleanText } from '../span/clean-value.js';
import type { Span, SpanStatus } from '../span/span.js';
import { type ClosedRun, SPAN_STATUS } from './run-record.js';
import type { CloseEvent } from './run-records.js';

/** Attribute of every span that the watchdog ended. */
const ENDED_BY = { 'everspan.ended_by': 'watchdog' } as const;

/**
 * Those of `spans`, of one run, whose end the run itself has told of, truly: the batch was on its way when its process died.
 *
 * What the task said that closed the run is true only if the run is closed so: the server may have refused the task, and closed the run itself, or
 * heard another end later. What earlier tasks said is true in any case.
 */
export function ownEnds(spans: readonly Span[], record: ClosedRun): ReadonlySet<Span> {
  const root = spans.find((span) => span.type === 'workflow' && span.endTime !== undefined);
  const isTrue = !isClosedByServer(record) && (root === undefined || root.status === statusOf(root, record));
  const untrueFrom = isTrue ? Number.POSITIVE_INFINITY : (root?.endTime ?? 0);
  return new Set(spans.filter(({ endTime }) => endTime !== undefined && endTime < untrueFrom));
}

// A benign failure fails the run, and is no error.
function statusOf({ attributes }: Span, { closedAs }: ClosedRun): SpanStatus {
  return closedAs === 'FAILED' && attributes['temporal.failure.category'] === 'BENIGN' ? 'OK' : SPAN_STATUS[closedAs];
}

function isClosedByServer({ closedAs }: ClosedRun): boolean {
  return closedAs === 'TERMINATED' || closedAs === 'TIMED_OUT';
}

/** `span` without what an end said of it. */
function begun(span: Span): Span {
  if (span.endTime === undefined) return span;
  const { endTime: _end, statusMessage: _message, output: _output, ...rest } = span;
  const { 'error.type': _type, ...attributes } = span.attributes;
  return { ...rest, attributes };
}

/**
 * `span` as it ended with its run: the run's status and close time, and all that its START carried.
 *
 * ```
 *   who closed the run              the run's own span   spans within it
 *   the server (terminated,         recorded             recorded   (its code never came to an end: an END that still comes, of
 *     timed out)                                                     a last task that was not accepted, never happened)
 *   its code (completed, failed,    recorded             inferred   (its code ended each of them; that last batch, should it
 *     canceled, continued)                                           still come, is the truth, and wins by the merge law)
 * ```
 *
 * @param close - What the run's last event says; of the run's own span only.
 */
export function endFromRecord(span: Span, record: ClosedRun, close: CloseEvent): Span {
  const isRun = span.type === 'workflow';
  const statusMessage = isRun ? close.message : `its run was closed as ${record.closedAs}`;
  const { attributes, ...rest } = begun(span);
  return {
    ...rest,
    endTime: record.closedAtMicros,
    status: SPAN_STATUS[record.closedAs],
    ...(statusMessage === undefined ? {} : { statusMessage: cleanText(statusMessage, STATUS_MESSAGE_LENGTH_MAX) }),
    attributes: {
      ...attributes,
      ...ENDED_BY,
      ...(isRun && close.errorType !== undefined ? { 'error.type': cleanText(close.errorType, 256) } : {}),
    },
    source: isRun || isClosedByServer(record) ? 'recorded' : 'inferred',
  };
}

/**
 * The span of an operation as it ended with it, by the store's clock. An END of whoever drove the operation wins over it.
 *
 * @param operation - `COMPLETED` or `ERRORED`.
 * @param reason - Why a sweep closed the operation.
 */
export function endWithOperation(span: Span, operation: Operation, reason?: string): Span {
  const isErrored = operation.state === 'ERRORED';
  const { attributes, ...rest } = begun(span);
  return {
    ...rest,
    endTime: operation.updatedAt * 1_000,
    status: isErrored ? 'ERROR' : 'OK',
    ...(reason === undefined ? {} : { statusMessage: cleanText(reason, STATUS_MESSAGE_LENGTH_MAX) }),
    attributes: { ...attributes, ...ENDED_BY },
    source: 'inferred',
  };
}

/**
 * `span`, open, of a run whose record is gone: how it ended nobody can say any more.
 *
 * @param seenAtMicros - When the run was last known to live.
 */
export function endUnknown(span: Span, seenAtMicros: number): Span {
  return {
    ...span,
    endTime: seenAtMicros,
    status: 'UNKNOWN',
    statusMessage: 'the record of its run is gone',
    attributes: { ...span.attributes, ...ENDED_BY },
    source: 'inferred',
  };
}
