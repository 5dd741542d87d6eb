import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Span } from '../span/span.js';
import { AppendFile, NOT_WRITTEN } from './append-file.js';
import { ProcessorOptionsError, SpanDeliveryError } from './errors.js';
import { toJsonlRow } from './jsonl-row.js';
import type { ProcessorContext, SpanProcessor } from './span-processor.js';

export interface JsonlProcessorOptions {
  /** Folder of the file; made when it is missing. */
  readonly folder: string;
  /** Default: `spans-<host>-<pid>.jsonl`, so that processes never write to one file. */
  readonly fileName?: string;
  /** Whether a START is written too, as a row with `end_time` null; default true. A reader keeps the greater row of a span. */
  readonly openSpans?: boolean;
}

/**
 * Appends spans to a file, one JSON object a line (see `JsonlRow`), and resolves when they are on the disk.
 *
 * Batches that come while another is being synced share the next sync. Delivered again, a span has two rows, equal but for what
 * changed; `parseJsonlRow` and `mergeSpan` make one span of them. A line that a crash has torn stays, alone on its line.
 *
 * Both calls throw `SpanDeliveryError`: `UNAVAILABLE` when the file cannot be written (`cause` is the file system's error),
 * `ABORTED` when the caller gave up before its turn.
 */
export class JsonlProcessor implements SpanProcessor {
  readonly name = 'jsonl';
  /** Absolute path of the file that is written. It is there after the first batch. */
  readonly path: string;
  readonly #file: AppendFile;
  readonly #writesOpenSpans: boolean;
  #isShutDown = false;

  /** @throws ProcessorOptionsError for a file name that leaves the folder. */
  constructor(options: JsonlProcessorOptions) {
    const fileName = options.fileName ?? `spans-${hostname().replaceAll(/[^\w.-]/g, '_')}-${process.pid}.jsonl`;
    if (fileName === '' || /[/\\\0]/.test(fileName) || fileName === '.' || fileName === '..') {
      throw new ProcessorOptionsError(
        'fileName',
        `JsonlProcessor: fileName must be the name of a file, got ${JSON.stringify(fileName)}`,
      );
    }
    this.path = join(resolve(options.folder), fileName);
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
    for (const span of spans) lines += `${JSON.stringify(toJsonlRow(span))}\n`;
    try {
      await this.#file.append(lines, context.signal);
    } catch (error) {
      if (error === NOT_WRITTEN) {
        throw new SpanDeliveryError('ABORTED', this.name, `${this.path}: the caller stopped waiting before its turn`);
      }
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new SpanDeliveryError('UNAVAILABLE', this.name, `${this.path}: ${spans.length} spans not written: ${code}`, {
        cause: error,
      });
    }
  }
}
