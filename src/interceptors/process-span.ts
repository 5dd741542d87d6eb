import { cleanAttributes, cleanJson, cleanText } from '../span/clean-value.js';
import { isSpanId, isTraceId } from '../span/ids.js';
import {
  ATTRIBUTES_MAX,
  DIRECT_VALUE_BYTES_MAX,
  NAME_LENGTH_MAX,
  SPAN_LINKS_MAX,
  SPAN_MOMENTS_MAX,
  STATUS_MESSAGE_LENGTH_MAX,
} from '../span/limits.js';
import type { AttributeValue, JsonValue, Span, SpanKind, SpanLink, SpanMoment } from '../span/span.js';
import { EVERSPAN_SCOPE } from '../wire/scope.js';
import type { ActiveSpan } from '../workflows/active-span.js';
import { OK, type Outcome } from './call-outcome.js';
import { quietly } from './quietly.js';
import type { SpanReporter } from './span-reporter.js';
import { textOf } from '../span/text-of.js';

/** What a span is when it begins. */
export interface ProcessSpanStart {
  readonly spanId: string;
  readonly traceId: string;
  readonly parentId?: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly type: string;
  /** Default 1. */
  readonly attempt?: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Microseconds since the epoch; the clock of spans that must not overlap where the work did not. Default: one of the span's own. */
  readonly nowMicros?: () => number;
}

/**
 * A span of code that runs in this process, outside of a workflow: reported whole when it ends, and not before.
 *
 * A START of it would stay open for ever when the process is killed: nobody else knows what is needed to close it. What runs is seen
 * all the same, by the span of the activity or the run that it belongs to, which is durable.
 */
export class ProcessSpan implements ActiveSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly #reporter: SpanReporter;
  readonly #start: ProcessSpanStart;
  // The wall clock can be set back while the span runs; its length is measured by one that cannot.
  readonly #startTime: number;
  readonly #startedAtMs = performance.now();
  readonly #attributes: Record<string, AttributeValue> = {};
  readonly #events: SpanMoment[] = [];
  readonly #links: SpanLink[] = [];
  #input: JsonValue | undefined;
  #output: JsonValue | undefined;
  #settled: Outcome | undefined;
  #isEnded = false;

  constructor(reporter: SpanReporter, start: ProcessSpanStart) {
    this.#reporter = reporter;
    this.#startTime = start.nowMicros?.() ?? Date.now() * 1_000;
    this.#start = { ...start, name: cleanText(start.name, NAME_LENGTH_MAX), type: cleanText(start.type, NAME_LENGTH_MAX) };
    this.traceId = start.traceId;
    this.spanId = start.spanId;
    if (start.attributes !== undefined) this.setAttributes(start.attributes);
  }

  /** Reports the span; only the first call counts. A status that the body has set wins over `outcome`. */
  end(outcome: Outcome = OK): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (outcome.attributes !== undefined) this.setAttributes(outcome.attributes);
    if (outcome.exception !== undefined) this.addEvent('exception', outcome.exception);
    this.#reporter.enqueue([this.#read(this.#settled ?? outcome)]);
  }

  setAttribute(name: string, value: unknown): void {
    quietly(() => this.setAttributes({ [textOf(name)]: value }));
  }

  setAttributes(attributes: Readonly<Record<string, unknown>>): void {
    const { value, isCut } = cleanAttributes(attributes);
    for (const [name, cleaned] of Object.entries(value)) {
      if (this.#attributes[name] === undefined && Object.keys(this.#attributes).length >= ATTRIBUTES_MAX)
        this.#truncated('attributes');
      else this.#attributes[name] = cleaned;
    }
    if (isCut) this.#truncated('attributes');
  }

  addEvent(name: string, attributes?: Readonly<Record<string, unknown>>): void {
    if (this.#events.length >= SPAN_MOMENTS_MAX) {
      this.#truncated('events');
      return;
    }
    quietly(() =>
      this.#events.push({
        name: cleanText(textOf(name), NAME_LENGTH_MAX),
        time: this.#nowMicros(),
        ...(attributes === undefined ? {} : { attributes: cleanAttributes(attributes).value }),
      }),
    );
  }

  addLink(link: { readonly traceId: string; readonly spanId: string }): void {
    quietly(() => {
      const { traceId, spanId } = link;
      if (!isTraceId(traceId) || !isSpanId(spanId)) return;
      if (this.#links.length >= SPAN_LINKS_MAX) this.#truncated('links');
      else this.#links.push({ traceId, spanId });
    });
  }

  setInput(input: unknown): void {
    const cleaned = cleanJson(input, DIRECT_VALUE_BYTES_MAX);
    this.#input = cleaned.value;
    if (cleaned.isCut) this.#truncated('input');
  }

  setOutput(output: unknown): void {
    const cleaned = cleanJson(output, DIRECT_VALUE_BYTES_MAX);
    this.#output = cleaned.value;
    if (cleaned.isCut) this.#truncated('output');
  }

  setStatus(status: 'OK' | 'ERROR', message?: string): void {
    const statusMessage =
      message === undefined ? undefined : quietly(() => cleanText(textOf(message), STATUS_MESSAGE_LENGTH_MAX));
    this.#settled = { status: status === 'ERROR' ? 'ERROR' : 'OK', ...(statusMessage === undefined ? {} : { statusMessage }) };
  }

  #read(outcome: Outcome): Span {
    const { parentId, name, kind, type, attempt = 1 } = this.#start;
    return {
      spanId: this.spanId,
      traceId: this.traceId,
      ...(parentId === undefined ? {} : { parentId }),
      name,
      kind,
      type,
      startTime: this.#startTime,
      endTime: this.#nowMicros(),
      status: outcome.status,
      ...(outcome.statusMessage === undefined ? {} : { statusMessage: outcome.statusMessage }),
      attributes: { ...this.#attributes },
      events: [...this.#events],
      links: [...this.#links],
      ...(this.#input === undefined ? {} : { input: this.#input }),
      ...(this.#output === undefined ? {} : { output: this.#output }),
      resource: this.#reporter.resource,
      scope: EVERSPAN_SCOPE,
      source: 'observed',
      revision: 0,
      attempt,
    };
  }

  #nowMicros(): number {
    return this.#start.nowMicros?.() ?? this.#startTime + Math.round((performance.now() - this.#startedAtMs) * 1_000);
  }

  #truncated(part: string): void {
    const parts = (this.#attributes['everspan.truncated'] ?? []) as readonly string[];
    if (!parts.includes(part)) this.#attributes['everspan.truncated'] = [...parts, part];
  }
}
