/** What a trace can be written as. */
export type ExportFormat = 'otlp' | 'jaeger' | 'zipkin' | 'chrome' | 'folded' | 'mermaid' | 'jsonl' | 'html';

export interface ExportFormatFacts {
  /** What opens it. */
  readonly description: string;
  readonly contentType: string;
  /** Of a file, without the dot. */
  readonly extension: string;
}

/** Every format, with what a server or a file dialogue wants to know of it. */
export const EXPORT_FORMATS: Readonly<Record<ExportFormat, ExportFormatFacts>> = {
  otlp: { description: 'OTLP JSON, for any OpenTelemetry collector', contentType: 'application/json', extension: 'otlp.json' },
  jaeger: { description: "Jaeger JSON, for upload in Jaeger's page", contentType: 'application/json', extension: 'jaeger.json' },
  zipkin: { description: 'Zipkin v2 JSON, for POST /api/v2/spans', contentType: 'application/json', extension: 'zipkin.json' },
  chrome: {
    description: 'Chrome trace, for Perfetto or chrome://tracing',
    contentType: 'application/json',
    extension: 'trace.json',
  },
  folded: { description: 'folded stacks, for flame graphs', contentType: 'text/plain; charset=utf-8', extension: 'folded' },
  mermaid: { description: 'Mermaid Gantt chart, for Markdown', contentType: 'text/plain; charset=utf-8', extension: 'mmd' },
  jsonl: {
    description: 'rows as everspan and OpenTelemetry write them',
    contentType: 'application/x-ndjson',
    extension: 'jsonl',
  },
  html: { description: 'one page that needs nothing else', contentType: 'text/html; charset=utf-8', extension: 'html' },
};
