import { oneLine } from '../export/display-width.js';
import { durationText } from '../export/duration-text.js';
import type { Span } from '../span/span.js';
import { toJsonlRow } from '../wire/jsonl-row.js';
import { isoFromMicros } from '../wire/iso-time.js';
import type { CliIo } from './cli-io.js';
import { findTraceId } from './find-trace.js';
import { type SourceOptions, withSource } from './source-options.js';
import type { TraceSource } from './trace-source.js';
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
    if (id === undefined && source.elsewhere !== undefined) await sayWhereElse(source, io);
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
    `${typeText(span)}${style.bold(oneLine(span.name))}${lasted}${message}`,
  ].join('  ');
}

/** Whoever waits at an empty store, which nobody has named, may wait for what is written beside it. */
async function sayWhereElse(source: TraceSource, io: CliIo): Promise<void> {
  const { items } = await source.listTraces({}, { limit: 1 });
  const elsewhere = items.length === 0 ? await source.elsewhere?.() : undefined;
  if (elsewhere !== undefined) await io.stderr.write(`no traces in ${source.name} yet; ${elsewhere}\n`);
}

/** The sides that a call has: `client_signal` and `signal_handler` are spans of a signal. */
const SIDES: ReadonlySet<string> = new Set(['client', 'handler']);

/** The type before the name, unless the name says it: `activity compose`, `handle signal approve`. */
function typeText({ type, name }: Span): string {
  const words = new Set(name.split(' '));
  const isSaid = type.split('_').every((word) => SIDES.has(word) || words.has(word));
  return isSaid ? '' : `${oneLine(type)} `;
}
