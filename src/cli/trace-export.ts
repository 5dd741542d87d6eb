import type { ExportFormat } from '../export/export-format.js';
import { exportTrace } from '../export/export-trace.js';
import type { Span } from '../span/span.js';
import type { CliIo } from './cli-io.js';
import { findTrace } from './find-trace.js';
import { type SourceOptions, withSource } from './source-options.js';
import { writeOutput } from './write-output.js';

export interface ExportCommandOptions extends SourceOptions {
  readonly format: ExportFormat;
  readonly output?: string;
  /** Open spans too, or not; by format where it is absent. */
  readonly open?: boolean;
}

/** `everspan trace export`. */
export async function exportTraces(ids: readonly string[], options: ExportCommandOptions, io: CliIo): Promise<void> {
  const spans = await withSource(options, io, async (source) => {
    const found = new Map<string, readonly Span[]>();
    for (const id of ids) {
      const trace = await findTrace(source, id);
      // Two ids may name one trace.
      found.set((trace[0] as Span).traceId, trace);
    }
    return [...found.values()].flat();
  });
  const openSpans = options.open === undefined ? {} : { openSpans: options.open };
  await writeOutput(exportTrace(spans, options.format, openSpans), options.output, io);
}
