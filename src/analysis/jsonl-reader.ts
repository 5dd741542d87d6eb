/** A line that is longer stops its file. UTF-8. */
export const LINE_BYTES_MAX = 4 * 1024 * 1024;
/** So many bad lines one after another stop the file: it is no JSONL. */
export const BAD_LINES_IN_A_ROW_MAX = 100;

/** How a file of JSON lines was read. */
export interface JsonlReading {
  /** Lines that were one JSON object each. */
  readonly rows: number;
  readonly blankLines: number;
  /** Lines that were none; skipped. */
  readonly badLines: number;
  /** Absent where the file was read to its end. */
  readonly stopped?: { readonly reason: 'LINE_TOO_LONG' | 'TOO_MANY_BAD_LINES'; readonly line: number };
}

/**
 * Reads JSON lines as they arrive, and hands each object to `take`.
 *
 * @param chunks - Bytes or text, cut anywhere; an async iterable of a file's chunks, or of whole lines with their line ends. It is left
 * (its `return` is called) where the file is stopped.
 * @param take - Gets the parsed object, and the text that it came from.
 */
export async function readJsonl(
  chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  take: (row: Readonly<Record<string, unknown>>, text: string) => void,
): Promise<JsonlReading> {
  const lines = new LineReader(take);
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    lines.push(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    if (lines.isStopped) return lines.reading();
  }
  lines.push(decoder.decode());
  lines.finish();
  return lines.reading();
}

class LineReader {
  private rows = 0;
  private blankLines = 0;
  private badLines = 0;
  private badInARow = 0;
  private lineNumber = 0;
  private stopped: JsonlReading['stopped'];
  /** Parts of a line that has not ended; joined once, when it has. */
  private parts: string[] = [];
  private partsLength = 0;

  constructor(private readonly take: (row: Readonly<Record<string, unknown>>, text: string) => void) {}

  get isStopped(): boolean {
    return this.stopped !== undefined;
  }

  push(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1 && !this.isStopped; end = text.indexOf('\n', from)) {
      const rest = text.slice(from, end);
      this.line(this.parts.length === 0 ? rest : this.parts.join('') + rest);
      this.parts = [];
      this.partsLength = 0;
      from = end + 1;
    }
    if (from >= text.length || this.isStopped) return;
    this.parts.push(from === 0 ? text : text.slice(from));
    this.partsLength += text.length - from;
    // A character has a byte at least: nothing that is surely too long is gathered.
    if (this.partsLength > LINE_BYTES_MAX) this.stop('LINE_TOO_LONG', this.lineNumber + 1);
  }

  finish(): void {
    if (!this.isStopped && this.parts.length > 0) this.line(this.parts.join(''));
  }

  reading(): JsonlReading {
    const { rows, blankLines, badLines, stopped } = this;
    return { rows, blankLines, badLines, ...(stopped === undefined ? {} : { stopped }) };
  }

  private line(text: string): void {
    this.lineNumber += 1;
    if (text.length * BYTES_PER_UNIT_MAX > LINE_BYTES_MAX && utf8Length(text) > LINE_BYTES_MAX) {
      this.stop('LINE_TOO_LONG', this.lineNumber);
      return;
    }
    const row = parseObject(text);
    if (row !== undefined) {
      this.rows += 1;
      this.badInARow = 0;
      this.take(row, text);
    } else if (text.trim() === '') {
      this.blankLines += 1;
    } else {
      this.badLines += 1;
      this.badInARow += 1;
      if (this.badInARow === BAD_LINES_IN_A_ROW_MAX) this.stop('TOO_MANY_BAD_LINES', this.lineNumber);
    }
  }

  private stop(reason: 'LINE_TOO_LONG' | 'TOO_MANY_BAD_LINES', line: number): void {
    this.stopped = { reason, line };
    this.parts = [];
  }
}

/** UTF-8 has at most three bytes for a UTF-16 unit; four for a pair of them. */
const BYTES_PER_UNIT_MAX = 3;

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  } catch {
    // A torn line, or a file of something else: counted as bad by the caller.
  }
  return undefined;
}
