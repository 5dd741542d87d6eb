import { SpanDeliveryError } from '../processors/errors.js';
import { textOf } from '../span/text-of.js';
import type { ProcessorContext, SpanProcessor } from '../processors/span-processor.js';
import type { Span } from '../span/span.js';
import type { Clock } from './clock.js';

const PROBLEM_LENGTH_MAX = 200;

/** Which of a processor's two calls: spans that have begun, or spans that have ended. */
export type SpanPhase = 'start' | 'end';

/** How one call of a processor ended. `elapsedMs` counts to our answer, not to the processor's. */
export type CallResult =
  | { readonly kind: 'taken'; readonly elapsedMs: number }
  /** All but the spans of `rejectedSpanIds` are out; an empty list means that none is. */
  | {
      readonly kind: 'rejected';
      readonly elapsedMs: number;
      readonly rejectedSpanIds: readonly string[];
      readonly message: string;
    }
  | { readonly kind: 'unavailable' | 'failed'; readonly elapsedMs: number; readonly message: string }
  | { readonly kind: 'deadline' | 'cancelled'; readonly elapsedMs: number; readonly message: string };

/** How a call is bounded. */
export interface CallBounds {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
}

/**
 * Calls a processor and answers by the deadline, whatever it does: it may throw at once, hang, ignore its signal, or settle late.
 *
 * Its signal aborts when we stop waiting. Never rejects, and leaves no rejection unhandled.
 */
export function callProcessor(
  processor: SpanProcessor,
  phase: SpanPhase,
  spans: readonly Span[],
  { deadlineMs, signal, clock }: CallBounds,
): Promise<CallResult> {
  const startedMs = clock.monotonicMs();
  const elapsed = () => clock.monotonicMs() - startedMs;
  return new Promise((resolve) => {
    const abort = new AbortController();
    let problem: string | undefined;
    const stop = (kind: 'deadline' | 'cancelled', message: string) => {
      settle({ kind, elapsedMs: elapsed(), message });
      abort.abort(new SpanDeliveryError('ABORTED', processor.name, message));
    };
    const onCancel = () => stop('cancelled', `${processor.name}: the caller was cancelled`);
    const cancelTimer = clock.after(deadlineMs, () =>
      stop('deadline', `${processor.name}: ${lastAnswer(problem)} within ${Math.round(deadlineMs)} ms`),
    );
    const settle = (result: CallResult) => {
      cancelTimer();
      signal?.removeEventListener('abort', onCancel);
      resolve(result);
    };
    if (signal?.aborted === true) {
      onCancel();
      return;
    }
    signal?.addEventListener('abort', onCancel, { once: true });

    // The await in here turns a throw, a rejection and an odd return value into one thing.
    const call = async () => {
      const context: ProcessorContext = {
        signal: abort.signal,
        noteProblem: (noted) => {
          problem = textOf(noted);
        },
      };
      await (phase === 'start' ? processor.start(spans, context) : processor.end(spans, context));
    };
    call().then(
      () => settle({ kind: 'taken', elapsedMs: elapsed() }),
      (thrown: unknown) => settle(classifyFailure(processor, thrown, elapsed())),
    );
  });
}

// What was tried again until the deadline says more than that the last try was cut off by it.
function lastAnswer(problem: string | undefined): string {
  return problem === undefined ? 'no answer' : `${problem.slice(0, PROBLEM_LENGTH_MAX)}, and no better answer`;
}

function classifyFailure(processor: SpanProcessor, thrown: unknown, elapsedMs: number): CallResult {
  const message = describeThrown(processor.name, thrown);
  // By shape, not by class: a processor may come from another copy of this package.
  const { code, rejectedSpanIds } = readDeliveryError(thrown);
  if (code === 'REJECTED') return { kind: 'rejected', elapsedMs, rejectedSpanIds, message };
  if (code === 'UNAVAILABLE' || code === 'ABORTED') return { kind: 'unavailable', elapsedMs, message };
  return { kind: 'failed', elapsedMs, message };
}

function readDeliveryError(thrown: unknown): { code: unknown; rejectedSpanIds: readonly string[] } {
  try {
    const { code, rejectedSpanIds, name } = thrown as Partial<SpanDeliveryError>;
    if (name !== 'SpanDeliveryError') return { code: undefined, rejectedSpanIds: [] };
    return { code, rejectedSpanIds: Array.isArray(rejectedSpanIds) ? (rejectedSpanIds as string[]) : [] };
  } catch {
    // Not an object, or one whose getters throw.
    return { code: undefined, rejectedSpanIds: [] };
  }
}

function describeThrown(processorName: string, thrown: unknown): string {
  try {
    const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    return `${processorName}: ${message.slice(0, 300)}`;
  } catch {
    // String() of a hostile object throws.
    return `${processorName}: threw a value that cannot be read`;
  }
}
