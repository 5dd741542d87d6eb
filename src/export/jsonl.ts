import type { Span } from '../span/span.js';
import { toJsonlRow } from '../wire/jsonl-row.js';
import type { ExportOptions } from './export-options.js';

/** `spans` as rows of OpenTelemetry's `ReadableSpan.to_json` shape, one a line; `parseJsonlRow` reads them back, equal. */
export function* toJsonl(spans: readonly Span[], options: ExportOptions = {}): Generator<string> {
  for (const span of spans) {
    if (span.endTime !== undefined || (options.openSpans ?? true)) yield `${JSON.stringify(toJsonlRow(span))}\n`;
  }
}
