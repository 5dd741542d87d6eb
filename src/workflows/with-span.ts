import { inWorkflowContext } from '@temporalio/workflow';
import { cleanAttributes, cleanJson, cleanText } from '../span/clean-value.js';
import {
  ATTRIBUTES_MAX,
  CAPTURED_VALUE_BYTES_MAX,
  NAME_LENGTH_MAX,
  SPAN_LINKS_MAX,
  SPAN_MOMENTS_MAX,
  STATUS_MESSAGE_LENGTH_MAX,
} from '../span/limits.js';
import { isSpanId, isTraceId } from '../span/ids.js';
import type { SpanKind } from '../span/span.js';
import { textOf } from '../span/text-of.js';
import { type ActiveSpan, inertSpan, type WithSpanOptions } from './active-span.js';
import { currentRun } from './current-run.js';
import type { OpenSpan } from './open-span.js';
import { OK, type Outcome, outcomeOfBody } from './outcome.js';
import { nowMicros, type RunTracer } from './run-tracer.js';

/**
 * What `work` returns, timed as a span under the one whose code runs now.
 *
 * Returns the very promise of `work`, so it adds no tick and makes no command of the user's: it may be put around code of running
 * workflows. The span ends when that promise settles. In a run that is not traced, `work` runs all the same.
 *
 * @example
 * const answer = await withSpan('rank passages', (span) => { span.setAttribute('passages', 40); return rank(passages); });
 */
export function withSpan<T>(name: string, work: (span: ActiveSpan) => T, options: WithSpanOptions = {}): T {
  const run = currentRun();
  if (run === undefined) warnOutsideWorkflow();
  if (run === undefined || run.readOnly.getStore() === true || !run.isOpen) {
    return work(inertSpan(run?.isMarked === true ? run.runContext.traceId : ''));
  }
  const { kind, type, attributes, input } = readOptions(options);
  const span = run.begin({
    spanId: run.spanIdOf('custom', run.nextOrdinal('custom')),
    name: cleanText(textOf(name), NAME_LENGTH_MAX),
    kind: isSpanKind(kind) ? kind : 'INTERNAL',
    type: typeof type === 'string' && type !== '' ? cleanText(type, NAME_LENGTH_MAX) : 'custom',
  });
  const active = new RecordingSpan(run, span);
  if (attributes !== undefined) active.setAttributes(attributes);
  if (input !== undefined) active.setInput(input);
  let result: T;
  try {
    result = run.current.run(span, () => work(active));
  } catch (error) {
    run.end(span, active.settled ?? outcomeOfBody(error));
    throw error;
  }
  if (isThenable(result)) {
    result.then(
      () => run.end(span, active.settled ?? OK),
      (error: unknown) => run.end(span, active.settled ?? outcomeOfBody(error)),
    );
  } else {
    run.end(span, active.settled ?? OK);
  }
  return result;
}

let hasWarned = false;

/** In an activity the other entry's function is meant, which editors propose as well; what runs there is no workflow, so a module may remember. */
function warnOutsideWorkflow(): void {
  if (hasWarned || inWorkflowContext()) return;
  hasWarned = true;
  console.warn(
    "everspan: withSpan of 'everspan/workflow' makes no span outside of a workflow: in activities import it from 'everspan'",
  );
}

class RecordingSpan implements ActiveSpan {
  settled: Outcome | undefined;

  constructor(
    private readonly run: RunTracer,
    private readonly span: OpenSpan,
  ) {}

  get traceId(): string {
    return this.run.runContext.traceId;
  }

  get spanId(): string {
    return this.span.spanId;
  }

  setAttribute(name: string, value: unknown): void {
    this.setAttributes({ [textOf(name)]: value });
  }

  setAttributes(attributes: Readonly<Record<string, unknown>>): void {
    const { value, isCut } = cleanAttributes(attributes);
    for (const [name, cleaned] of Object.entries(value)) {
      if (Object.keys(this.span.attributes).length >= ATTRIBUTES_MAX && this.span.attributes[name] === undefined)
        this.truncated('attributes');
      else this.span.attributes[name] = cleaned;
    }
    if (isCut) this.truncated('attributes');
  }

  addEvent(name: string, attributes?: Readonly<Record<string, unknown>>): void {
    if (this.span.events.length >= SPAN_MOMENTS_MAX) return this.truncated('events');
    const cleaned = attributes === undefined ? undefined : cleanAttributes(attributes).value;
    this.span.events.push({
      name: cleanText(textOf(name), NAME_LENGTH_MAX),
      time: nowMicros(),
      ...(cleaned === undefined ? {} : { attributes: cleaned }),
    });
  }

  addLink(link: { readonly traceId: string; readonly spanId: string }): void {
    const { traceId, spanId } = readLink(link);
    if (!isTraceId(traceId) || !isSpanId(spanId)) return;
    if (this.span.links.length >= SPAN_LINKS_MAX) return this.truncated('links');
    this.span.links.push({ traceId, spanId });
  }

  setInput(input: unknown): void {
    const cleaned = cleanJson(input, CAPTURED_VALUE_BYTES_MAX);
    this.span.input = cleaned.value;
    if (cleaned.isCut) this.truncated('input');
  }

  setOutput(output: unknown): void {
    const cleaned = cleanJson(output, CAPTURED_VALUE_BYTES_MAX);
    this.span.output = cleaned.value;
    if (cleaned.isCut) this.truncated('output');
  }

  setStatus(status: 'OK' | 'ERROR', message?: string): void {
    if (status !== 'OK' && status !== 'ERROR') return;
    this.settled = {
      status,
      ...(message === undefined ? {} : { statusMessage: cleanText(textOf(message), STATUS_MESSAGE_LENGTH_MAX) }),
    };
  }

  private truncated(part: string): void {
    const { attributes } = this.span;
    const parts = (attributes['everspan.truncated'] ?? []) as readonly string[];
    if (!parts.includes(part)) attributes['everspan.truncated'] = [...parts, part];
  }
}

function isThenable(value: unknown): value is Promise<unknown> {
  try {
    return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
  } catch {
    // A proxy whose traps throw: what the body returns is not ours to judge.
    return false;
  }
}

// What the user hands over may be a proxy, or have getters that throw.
function readOptions(options: WithSpanOptions): WithSpanOptions {
  try {
    const { kind, type, attributes, input } = options;
    return {
      ...(kind === undefined ? {} : { kind }),
      ...(type === undefined ? {} : { type }),
      ...(attributes === undefined ? {} : { attributes }),
      ...(input === undefined ? {} : { input }),
    };
  } catch {
    return {};
  }
}

function readLink(link: unknown): { traceId?: unknown; spanId?: unknown } {
  try {
    const { traceId, spanId } = link as { traceId?: unknown; spanId?: unknown };
    return { traceId, spanId };
  } catch {
    return {};
  }
}

// What plain JavaScript passes must not make a span that no process takes.
const SPAN_KINDS: readonly unknown[] = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] satisfies SpanKind[];

function isSpanKind(value: unknown): value is SpanKind {
  return SPAN_KINDS.includes(value);
}

/** The trace that this workflow is part of, to be shown or kept; `undefined` in a run that is not traced. */
export function activeTrace(): { readonly traceId: string; readonly spanId: string } | undefined {
  const run = currentRun();
  if (run === undefined || !run.isOpen) return undefined;
  const span: OpenSpan | undefined = run.current.getStore() ?? run.rootSpan;
  return span === undefined ? undefined : { traceId: run.runContext.traceId, spanId: span.spanId };
}
