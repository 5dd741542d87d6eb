import { oneLine } from '../export/display-width.js';
import { durationText } from '../export/duration-text.js';
import type { Span } from '../span/span.js';
import { toJsonlRow } from '../wire/jsonl-row.js';
import { isoFromMicros } from '../wire/iso-time.js';
import type { CliIo } from './cli-io.js';
import { findTraceId } from './find-trace.js';
import { type SourceOptions, withSource } from './source-options.js';
import { paintStatus, type TextStyle, textStyle } from './text-style.js';

export interface TailOptions extends SourceOptions {
  readonly format: 'text' | 'jsonl';
  readonly all?: boolean;
  readonly count?: number;
}

/** `everspan trace tail`: spans as they start and end, until Ctrl-C. */
export async function tailTraces(id: string | undefined, options: TailOptions, io: CliIo): Promise<void> {
  const interruption = io.interruption();
  const style = textStyle(io.stdout, io.env);
  await withSource(options, io, async (source) => {
    const traceId = id === undefined ? {} : { traceId: await findTraceId(source, id) };
    let seen = 0;
    for await (const { span } of source.changes({ ...traceId, fromStart: options.all === true }, interruption)) {
      await io.stdout.write(`${options.format === 'jsonl' ? JSON.stringify(toJsonlRow(span)) : changeLine(span, style)}\n`);
      seen += 1;
      if (seen === options.count) return;
    }
  });
}

function changeLine(span: Span, style: TextStyle): string {
  const isOpen = span.endTime === undefined;
  const time = isoFromMicros(span.endTime ?? span.startTime).slice(11, 23);
  const lasted = isOpen ? '' : ` ${style.dim(durationText(span.endTime - span.startTime))}`;
  const message = span.statusMessage === undefined ? '' : ` ${style.red(oneLine(span.statusMessage))}`;
  return [
    style.dim(time),
    paintStatus((isOpen ? 'started' : span.status).padEnd(10), span.status, style),
    style.dim(span.traceId),
    `${oneLine(span.type)} ${style.bold(oneLine(span.name))}${lasted}${message}`,
  ].join('  ');
}
