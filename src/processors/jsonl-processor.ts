import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Span } from '../span/span.js';
import { AppendFile } from './append-file.js';
import { checkOptionNames, type OptionNames, wrongOption } from '../span/check-options.js';
import { SpanDeliveryError } from './errors.js';
import { toJsonlRow } from '../wire/jsonl-row.js';
import { checkFlag, type NamedProcessorOptions, processorName, processorOwner } from './processor-options.js';
import type { ProcessorContext, SpanProcessor } from './span-processor.js';

export interface JsonlProcessorOptions extends NamedProcessorOptions {
  /** Folder of the file; made when it is missing. */
  readonly folder: string;
  /** Default: `spans-<host>-<pid>.jsonl`, so that processes never write to one file. */
  readonly fileName?: string;
  /** Whether a START is written too, as a row with `end_time` null; default true. A reader keeps the greater row of a span. */
  readonly openSpans?: boolean;
}

const OWNER = processorOwner('JsonlProcessor');
const NAMES: OptionNames<JsonlProcessorOptions> = { folder: true, fileName: true, openSpans: true, name: true };

/**
 * Appends spans to a file, one JSON object a line (see `JsonlRow`), and resolves when they are on the disk.
 *
 * Batches that come while another is being synced share the next sync. Delivered again, a span has two rows, equal but for what
 * changed; `parseJsonlRow` and `mergeSpan` make one span of them. A line that a crash has torn stays, alone on its line.
 *
 * Both calls throw `SpanDeliveryError`: `UNAVAILABLE` when the file cannot be written (`cause` is the file system's error),
 * `ABORTED` when the caller gave up before its turn, `REJECTED` for spans that are not valid, once all others are written.
 */
export class JsonlProcessor implements SpanProcessor {
  readonly name: string;
  /** Absolute path of the file that is written. It is there after the first batch. */
  readonly path: string;
  readonly #file: AppendFile;
  readonly #writesOpenSpans: boolean;
  #isShutDown = false;

  /** @throws ProcessorOptionsError for options that there are not, and for a file name that leaves the folder. */
  constructor(options: JsonlProcessorOptions) {
    checkOptionNames(OWNER, options, NAMES);
    const { folder } = options;
    if (typeof folder !== 'string' || folder === '' || folder.includes('\0'))
      throw wrongOption(OWNER, 'folder', 'the path of a folder', folder);
    checkFlag(OWNER, 'openSpans', options.openSpans);
    this.name = processorName(OWNER, options, 'jsonl');
    const fileName = options.fileName ?? `spans-${hostname().replaceAll(/[^\w.-]/g, '_')}-${process.pid}.jsonl`;
    if (typeof fileName !== 'string' || fileName === '' || /[/\\\0]/.test(fileName) || fileName === '.' || fileName === '..') {
      throw wrongOption(OWNER, 'fileName', 'the name of a file', fileName);
    }
    this.path = join(resolve(folder), fileName);
    this.#file = new AppendFile(this.path);
    this.#writesOpenSpans = options.openSpans ?? true;
  }

  async start(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    if (this.#writesOpenSpans) await this.#append(spans, context);
  }

  async end(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    await this.#append(spans, context);
  }

  /** Writes what waits, then closes the file. Later batches are refused. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    await this.#file.close();
  }

  async #append(spans: readonly Span[], context: ProcessorContext): Promise<void> {
    if (spans.length === 0) return;
    if (this.#isShutDown) throw new SpanDeliveryError('UNAVAILABLE', this.name, `${this.path}: the processor has been shut down`);
    let lines = '';
    const rejectedSpanIds: string[] = [];
    for (const span of spans) {
      try {
        lines += `${JSON.stringify(toJsonlRow(span))}\n`;
      } catch {
        // Not a valid span, e.g. a time that is no number: it costs itself, not its batch.
        rejectedSpanIds.push(span.spanId);
      }
    }
    if (lines !== '') await this.#write(lines, spans.length, context.signal);
    if (rejectedSpanIds.length === 0) return;
    const message = `${this.path}: ${rejectedSpanIds.length} of ${spans.length} spans cannot be written as JSON`;
    throw new SpanDeliveryError('REJECTED', this.name, message, { rejectedSpanIds });
  }

  async #write(lines: string, spanCount: number, signal: AbortSignal): Promise<void> {
    let isWritten: boolean;
    try {
      isWritten = await this.#file.append(lines, signal);
    } catch (error) {
      // The file system's: a full or broken disk, a folder that may not be written.
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new SpanDeliveryError('UNAVAILABLE', this.name, `${this.path}: ${spanCount} spans not written: ${code}`, {
        cause: error,
      });
    }
    if (!isWritten) throw new SpanDeliveryError('ABORTED', this.name, `${this.path}: the caller stopped waiting before its turn`);
  }
}
