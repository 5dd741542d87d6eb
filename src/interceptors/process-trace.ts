import { Context as ActivityContext } from '@temporalio/activity';
import { type Context, context, createContextKey } from '@opentelemetry/api';
import { deriveSpanId } from '../span/ids.js';
import { activePlace, contextAt } from './otel-context.js';
import type { SpanReporter } from './span-reporter.js';
import type { TracePlace } from './trace-carrier.js';

const TRACE_KEY = createContextKey('everspan.process-trace');

// Where no context manager is registered the activity's own context still leads to its trace.
const byActivity = new WeakMap<ActivityContext, ProcessTrace>();

/** The trace that code of this process runs in: the body of an activity, or of a Nexus operation. */
export class ProcessTrace {
  readonly reporter: SpanReporter;
  /** The span of the body itself. */
  readonly place: TracePlace;
  #ordinal = 0;

  constructor(reporter: SpanReporter, place: TracePlace) {
    this.reporter = reporter;
    this.place = place;
  }

  /** The id of the next span that the body makes. */
  nextSpanId(): string {
    const ordinal = this.#ordinal;
    this.#ordinal += 1;
    return deriveSpanId(this.place.spanId ?? this.place.traceId, 'custom', ordinal);
  }

  /** Runs `body` in this trace: its spans, and those of other instrumentation, are children of `place`. */
  run<T>(body: () => T): T {
    return context.with(contextAt(this.place).setValue(TRACE_KEY, this), body);
  }

  /** Marks the activity `owner` as traced by this. */
  claim(owner: ActivityContext): void {
    byActivity.set(owner, this);
  }

  /** Takes the mark back: a test environment runs one activity after another in one context. */
  release(owner: ActivityContext): void {
    byActivity.delete(owner);
  }
}

/** The trace of an activity, as soon as something traces it. */
export function traceOfActivity(owner: ActivityContext): ProcessTrace | undefined {
  return byActivity.get(owner);
}

/** The trace that the calling code runs in, and the span that is active in it. */
export function currentTrace(
  active: Context = context.active(),
): { readonly trace: ProcessTrace; readonly parentId: string | undefined } | undefined {
  const trace = (active.getValue(TRACE_KEY) as ProcessTrace | undefined) ?? traceOfCurrentActivity();
  if (trace === undefined) return undefined;
  const { place } = activePlace(active);
  // A span of other instrumentation may be in between; one of another trace is none of ours.
  const parentId = place?.traceId === trace.place.traceId ? place.spanId : trace.place.spanId;
  return { trace, parentId };
}

function traceOfCurrentActivity(): ProcessTrace | undefined {
  try {
    return byActivity.get(ActivityContext.current());
  } catch {
    // Not inside an activity.
    return undefined;
  }
}
