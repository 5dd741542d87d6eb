import type { Span } from '../span/span.js';
import { toChromeTrace } from './chrome-trace.js';
import type { ExportFormat } from './export-format.js';
import type { ExportOptions } from './export-options.js';
import { toFoldedStacks } from './folded-stacks.js';
import { toHtml } from './html-page.js';
import { toJaeger } from './jaeger-json.js';
import { jsonText } from './json-text.js';
import { toJsonl } from './jsonl.js';
import { toMermaid } from './mermaid.js';
import { toOtlp } from './otlp-json.js';
import { toZipkin } from './zipkin-v2.js';

/**
 * `spans` as text in `format`, in pieces, so that a large trace never has to be one string.
 *
 * Write the pieces one after the other, or join them.
 */
export function exportTrace(spans: readonly Span[], format: ExportFormat, options: ExportOptions = {}): Iterable<string> {
  return WRITERS[format](spans, options);
}

const WRITERS: Readonly<Record<ExportFormat, (spans: readonly Span[], options: ExportOptions) => Iterable<string>>> = {
  // The number says how deep the spans lie.
  otlp: (spans, options) => jsonText(toOtlp(spans, options), 6),
  jaeger: (spans, options) => jsonText(toJaeger(spans, options), 4),
  zipkin: (spans, options) => jsonText(toZipkin(spans, options), 1),
  chrome: (spans, options) => jsonText(toChromeTrace(spans, options), 2),
  folded: toFoldedStacks,
  mermaid: (spans, options) => [toMermaid(spans, options)],
  jsonl: toJsonl,
  html: toHtml,
};
