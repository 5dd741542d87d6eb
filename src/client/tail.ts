import type { SpanChangeAnswer } from '../wire/collector-answers.js';
import { spanChangeShape } from './answer-shapes.js';
import { type CollectorRequester, textPieces } from './collector-request.js';
import { AnswerShapeError, CollectorClientError } from './errors.js';
import { readServerEvents } from './server-events.js';
import { checked } from './shape.js';

export interface TailOptions {
  /** Only spans of this trace. */
  readonly traceId?: string;
  /** Begins behind this sequence, 0 for all that is there; default: with what comes. */
  readonly after?: number;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /** Told when the connection broke, before it is made again. */
  readonly onInterrupt?: (error: unknown) => void;
}

const RETRY_MS_DEFAULT = 1_000;
const RETRY_MS_MAX = 15_000;

/**
 * Spans as they change, until the caller stops or `signal` aborts.
 *
 * Goes on where it was when the connection breaks, or the collector starts anew: no change is left out or comes twice.
 *
 * @throws CollectorClientError `REFUSED` for what another try would not change.
 */
export async function* tailChanges(requester: CollectorRequester, options: TailOptions = {}): AsyncGenerator<SpanChangeAnswer> {
  const { signal } = options;
  let lastId = options.after;
  let retryMs = RETRY_MS_DEFAULT;
  for (let failures = 0; !isAborted(signal); ) {
    try {
      const response = await requester.open({
        path: '/api/v1/changes',
        query: { traceId: options.traceId, after: lastId },
        headers: { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': String(lastId) }) },
        signal,
      });
      for await (const event of readServerEvents(textPieces(response))) {
        failures = 0;
        retryMs = event.retryMs ?? retryMs;
        if (event.type === 'span') {
          const change = checked<SpanChangeAnswer>(parsed(event.text), spanChangeShape);
          lastId = change.sequence;
          yield change;
        } else if (event.type === 'ready') lastId ??= Number(event.id);
      }
    } catch (error) {
      if (isAborted(signal)) return;
      if (!isPassing(error)) throw error;
      options.onInterrupt?.(error);
    }
    await pause(Math.min(RETRY_MS_MAX, retryMs * 2 ** Math.min(failures, 6)), signal);
    failures += 1;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new AnswerShapeError('NOT_JSON', '', 'an event of the live changes is not JSON');
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof CollectorClientError)) return false;
  if (error.code === 'REFUSED') return error.status !== undefined && (error.status >= 500 || error.status === 429);
  return error.code === 'UNREACHABLE' || error.code === 'TIMED_OUT' || error.code === 'INTERRUPTED';
}

function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, delayMs);
    if (isAborted(signal)) finish();
    else signal?.addEventListener('abort', finish, { once: true });
  });
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
