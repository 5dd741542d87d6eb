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
  for await (const chunk of chunks) {
    if (typeof chunk === 'string') lines.pushText(chunk);
    else pushSlices(lines, chunk);
    if (lines.isStopped) return lines.reading();
  }
  lines.finish();
  return lines.reading();
}

/** Longer texts are decoded into memory of another kind, five times as slowly. */
const DECODED_BYTES_MAX = 64 * 1024;

function pushSlices(lines: LineReader, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length && !lines.isStopped; from += DECODED_BYTES_MAX)
    lines.pushBytes(bytes.subarray(from, from + DECODED_BYTES_MAX));
}

const NEWLINE = 10;

class LineReader {
  private rows = 0;
  private blankLines = 0;
  private badLines = 0;
  private badInARow = 0;
  private lineNumber = 0;
  private stopped: JsonlReading['stopped'];
  private readonly decoder = new TextDecoder();
  /** Parts of a line that has not ended; joined once, when it has. Of the two kinds one is empty. */
  private textParts: string[] = [];
  private byteParts: Uint8Array[] = [];
  private partsLength = 0;

  constructor(private readonly take: (row: Readonly<Record<string, unknown>>, text: string) => void) {}

  get isStopped(): boolean {
    return this.stopped !== undefined;
  }

  // Whole lines are decoded at once: no character reaches over the end of a line, and decoding that has to remember one is slow.
  pushBytes(bytes: Uint8Array): void {
    if (this.textParts.length > 0) {
      this.pushText(this.decoder.decode(bytes));
      return;
    }
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const firstEnd = this.byteParts.length === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
      if (firstEnd > 0) this.lines(this.decoder.decode(joined([...this.takeByteParts(), bytes.subarray(0, firstEnd)])));
      if (firstEnd < end) this.lines(this.decoder.decode(bytes.subarray(firstEnd, end)));
    }
    // A stream may use its buffer again.
    if (end < bytes.length && !this.isStopped) this.keep(this.byteParts, bytes.slice(end), bytes.length - end);
  }

  pushText(text: string): void {
    if (this.byteParts.length > 0) {
      const begun = this.decoder.decode(joined(this.takeByteParts()));
      this.keep(this.textParts, begun, begun.length);
    }
    const end = text.lastIndexOf('\n') + 1;
    if (end > 0) {
      const firstEnd = text.indexOf('\n') + 1;
      const begun = this.textParts.join('');
      this.textParts = [];
      this.partsLength = 0;
      this.lines(begun + text.slice(0, firstEnd));
      if (firstEnd < end) this.lines(text.slice(firstEnd, end));
    }
    if (end < text.length && !this.isStopped) this.keep(this.textParts, text.slice(end), text.length - end);
  }

  finish(): void {
    const rest = this.textParts.join('') + this.decoder.decode(joined(this.takeByteParts()));
    if (!this.isStopped && rest !== '') this.line(rest);
  }

  reading(): JsonlReading {
    const { rows, blankLines, badLines, stopped } = this;
    return { rows, blankLines, badLines, ...(stopped === undefined ? {} : { stopped }) };
  }

  /** @param text - Whole lines, each with its end. */
  private lines(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1 && !this.isStopped; end = text.indexOf('\n', from)) {
      this.line(text.slice(from, end));
      from = end + 1;
    }
  }

  private keep<T>(parts: T[], part: T, length: number): void {
    parts.push(part);
    this.partsLength += length;
    // A character has a byte at least: nothing that is surely too long is gathered.
    if (this.partsLength > LINE_BYTES_MAX) this.stop('LINE_TOO_LONG', this.lineNumber + 1);
  }

  private takeByteParts(): Uint8Array[] {
    const parts = this.byteParts;
    this.byteParts = [];
    this.partsLength = 0;
    return parts;
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
    this.textParts = [];
    this.byteParts = [];
  }
}

/** UTF-8 has at most three bytes for a UTF-16 unit; four for a pair of them. */
const BYTES_PER_UNIT_MAX = 3;

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first, ...others] = parts;
  if (first === undefined) return new Uint8Array();
  if (others.length === 0) return first;
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

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
