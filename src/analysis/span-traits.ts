import type { Span } from '../span/span.js';

/** What a message that came from outside makes in a run. */
export function isMessageHandler(span: Span): boolean {
  return span.type === 'signal_handler' || span.type === 'update_handler';
}

/** A step that the server hands to a worker, and whose attempts are spans below it. */
export function isActivity(span: Span): boolean {
  return span.type === 'activity' || span.type === 'local_activity';
}

/** A span beside the steps, over all that an operation took: it says how the work stood, and does none itself. */
export function isOperation(span: Span): boolean {
  return span.type === 'operation';
}

/** Written where a task begins to wait for its executor. */
export function isQueueMarker(span: Span): boolean {
  return span.name === 'queuing for execution';
}

export function isCanceledTimer(span: Span): boolean {
  return span.type === 'timer' && span.status === 'CANCELED';
}

/** Calls that end when the run is started, not when it is done. */
export function isRunStarter(span: Span): boolean {
  return (
    span.type === 'client_start' ||
    span.type === 'client_signal_with_start' ||
    span.type === 'client_update_with_start' ||
    span.type === 'nexus_handler'
  );
}

export function textAttribute(span: Span, name: string): string | undefined {
  const value = span.attributes[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A time, in whole microseconds. */
export function timeAttribute(span: Span, name: string): number | undefined {
  const value = span.attributes[name];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

export const RUN_ID = 'temporal.run.id';
export const ATTEMPT_SCHEDULED_TIME = 'temporal.activity.attempt_scheduled_time';
export const ASYNC_COMPLETION = 'temporal.activity.async_completion';
export const TASK_QUEUE = 'temporal.task_queue';
/** What data a span worked on: as everspan's own spans say it, else as the rows of tasks do. */
export function dataIdOf(span: Span): string | undefined {
  return textAttribute(span, 'everspan.data_id') ?? textAttribute(span, 'data_id');
}
