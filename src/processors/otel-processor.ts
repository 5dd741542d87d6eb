import type { Span } from '../span/span.js';
import { checkOptionNames, type OptionNames, wrongOption } from '../span/check-options.js';
import { SpanDeliveryError } from './errors.js';
import { type OtelReadableSpan, toReadableSpans } from './otel-readable-span.js';
import { checkFlag, type NamedProcessorOptions, processorName, processorOwner } from './processor-options.js';
import type { ProcessorContext, SpanProcessor } from './span-processor.js';
import { withoutTracing } from './suppress-tracing.js';
import { untilAborted } from './until-aborted.js';

/** Any exporter of OpenTelemetry's SDK 1 or 2: OTLP, Zipkin, console, a vendor's own. */
export interface OtelSpanExporter {
  export(spans: OtelReadableSpan[], resultCallback: (result: { readonly code: number; readonly error?: Error }) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

export interface OtelProcessorOptions extends NamedProcessorOptions {
  readonly exporter: OtelSpanExporter;
  /**
   * Whether spans that have not ended are exported too, with `ended: false`; default false. Back ends that append, as those behind
   * OTLP do, then show a span twice: once open, once closed.
   */
  readonly exportOpenSpans?: boolean;
}

const EXPORT_SUCCEEDED = 0;
const OWNER = processorOwner('OtelProcessor');
const NAMES: OptionNames<OtelProcessorOptions> = { exporter: true, exportOpenSpans: true, name: true };

/**
 * Hands spans to an OpenTelemetry exporter and waits for its answer.
 *
 * OTLP back ends append: a batch that is delivered again, because an answer was lost, can show a span twice, byte for byte equal.
 *
 * Both calls throw `SpanDeliveryError`: `UNAVAILABLE` when the exporter throws or reports a failure (`cause` is its error),
 * `ABORTED` when it has not answered by the time the caller gives up.
 */
export class OtelProcessor implements SpanProcessor {
  readonly name: string;
  readonly #exporter: OtelSpanExporter;
  readonly #exportsOpenSpans: boolean;

  /** @throws ProcessorOptionsError */
  constructor(options: OtelProcessorOptions) {
    checkOptionNames(OWNER, options, NAMES);
    for (const method of ['export', 'shutdown'] as const) {
      if (typeof options.exporter?.[method] !== 'function')
        throw wrongOption(OWNER, 'exporter', `an OpenTelemetry SpanExporter with a method ${method}()`, options.exporter);
    }
    checkFlag(OWNER, 'exportOpenSpans', options.exportOpenSpans);
    this.name = processorName(OWNER, options, 'otel');
    this.#exporter = options.exporter;
    this.#exportsOpenSpans = options.exportOpenSpans ?? false;
  }

  async start(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    if (this.#exportsOpenSpans) await this.#export(spans, context);
  }

  async end(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    await this.#export(spans, context);
  }

  /** Lets the exporter send what it holds, then shuts it down, also when the first fails. */
  async shutdown(): Promise<void> {
    try {
      await this.#exporter.forceFlush?.();
    } finally {
      await this.#exporter.shutdown();
    }
  }

  async #export(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    if (spans.length === 0) return;
    const aborted = (): SpanDeliveryError =>
      new SpanDeliveryError(
        'ABORTED',
        this.name,
        `exporter: no answer for ${spans.length} spans when the caller stopped waiting`,
      );
    if (context.signal.aborted) throw aborted();
    await untilAborted(this.#exportAll(toReadableSpans(spans)), context.signal, aborted);
  }

  async #exportAll(spans: OtelReadableSpan[]): Promise<void> {
    const result = await new Promise<{ readonly code: number; readonly error?: Error }>((resolve, reject) => {
      try {
        withoutTracing(() => this.#exporter.export(spans, resolve));
      } catch (error) {
        // The exporter's own: thrown instead of reported.
        reject(this.#failed(spans.length, error));
      }
    });
    if (result?.code !== EXPORT_SUCCEEDED) throw this.#failed(spans.length, result?.error);
  }

  #failed(count: number, cause: unknown): SpanDeliveryError {
    const kind = cause instanceof Error ? ` (${cause.name})` : '';
    return new SpanDeliveryError('UNAVAILABLE', this.name, `exporter: ${count} spans not exported${kind}`, { cause });
  }
}
