import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AppendFile } from '../dist/processors/append-file.js';
import { isoFromMicros } from '../dist/wire/iso-time.js';

/** @typedef {import('@opentelemetry/sdk-trace-base').ReadableSpan} ReadableSpan */

const NEVER_ABORTED = new AbortController().signal;
const SUCCESS = 0;
const FAILURE = 1;

/**
 * Writes OpenTelemetry's spans as everspan's JSONL processor writes its own: rows of the same shape, through the same file that
 * syncs each batch to the disk.
 */
export class OtelRowExporter {
  /** @readonly */
  #file;

  /** @param {string} path */
  constructor(path) {
    this.#file = new AppendFile(path);
  }

  /**
   * @param {readonly ReadableSpan[]} spans
   * @param {(result: { code: number, error?: Error }) => void} done
   */
  export(spans, done) {
    const lines = spans.map((span) => `${JSON.stringify(toRow(span))}\n`).join('');
    // oxlint-disable promise/no-callback-in-promise -- an exporter is told by a callback
    this.#file.append(lines, NEVER_ABORTED).then(
      () => done({ code: SUCCESS }),
      (/** @type {unknown} */ error) => done({ code: FAILURE, error: error instanceof Error ? error : new Error(String(error)) }),
    );
    // oxlint-enable promise/no-callback-in-promise -- see above
  }

  async forceFlush() {}

  shutdown() {
    return this.#file.close();
  }
}

/** @param {ReadableSpan & { parentSpanId?: string }} span */
function toRow(span) {
  const { traceId, spanId } = span.spanContext();
  // SDK 1 has the parent's id alone.
  const parentId = span.parentSpanContext?.spanId ?? span.parentSpanId;
  return {
    name: span.name,
    context: { trace_id: `0x${traceId}`, span_id: `0x${spanId}`, trace_state: '[]' },
    kind: `SpanKind.${SpanKind[span.kind]}`,
    parent_id: parentId === undefined ? null : `0x${parentId}`,
    start_time: rowTime(span.startTime),
    end_time: rowTime(span.endTime),
    status: { status_code: SpanStatusCode[span.status.code], description: span.status.message },
    attributes: span.attributes,
    events: span.events.map((event) => ({
      name: event.name,
      timestamp: rowTime(event.time),
      attributes: event.attributes ?? null,
    })),
    links: span.links.map((link) => ({
      context: { trace_id: `0x${link.context.traceId}`, span_id: `0x${link.context.spanId}`, trace_state: '[]' },
      attributes: link.attributes ?? null,
    })),
    resource: { attributes: span.resource.attributes, schema_url: '' },
  };
}

/** @param {readonly [number, number]} time - Seconds and nanoseconds. */
function rowTime([seconds, nanos]) {
  return `${isoFromMicros(seconds * 1_000_000 + Math.floor(nanos / 1_000))}Z`;
}
