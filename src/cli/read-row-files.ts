import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { readJsonl } from '../analysis/jsonl-reader.js';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';
import type { RowFile } from './folder-files.js';
import { startProgress } from './progress.js';

type Row = Readonly<Record<string, unknown>>;

/** Gets each row, parsed and as it was written. @returns False where the row is none of what it should be; it is counted. */
export type TakeRow = (row: Row, text: string, file: RowFile) => boolean;

const CHUNK_BYTES = 256 * 1_024;
const NOTES_MAX = 5;

/**
 * Reads `files` one after the other, line by line, and hands each row to `take`; nothing is kept.
 *
 * Blank lines are skipped, bad ones counted and told on stderr, by file; a file that is no JSONL stops, and that is told too. Progress shows
 * on a terminal.
 *
 * @throws CliError `INVALID_INPUT` for a file that cannot be read.
 */
export async function readRowFiles(files: readonly RowFile[], take: TakeRow, io: CliIo): Promise<void> {
  const progress = startProgress(io);
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const read = { bytes: 0 };
  const count = (bytes: number): void => {
    read.bytes += bytes;
    progress.show(`reading ${Math.floor((100 * read.bytes) / Math.max(1, totalBytes))} % of ${(totalBytes / 1e6).toFixed(1)} MB`);
  };
  const notes: string[] = [];
  for (const file of files) notes.push(...(await readRowFile(file, take, count)));
  progress.clear();
  for (const note of notes.slice(0, NOTES_MAX)) await io.stderr.write(`everspan: ${note}\n`);
  if (notes.length > NOTES_MAX) await io.stderr.write(`everspan: … and ${notes.length - NOTES_MAX} more files like these\n`);
}

/** @returns What was wrong with it, in words. */
async function readRowFile(file: RowFile, take: TakeRow, count: (bytes: number) => void): Promise<string[]> {
  let badRows = 0;
  const reading = await readJsonl(countedChunks(file, count), (row, text) => {
    if (!take(row, text, file)) badRows += 1;
  });
  const bad = badRows + reading.badLines;
  const notes: string[] = [];
  if (bad > 0)
    notes.push(`${file.path}: ${bad} ${bad === 1 ? 'line' : 'lines'} skipped, since they say nothing that can be read`);
  if (reading.stopped !== undefined) {
    const why = reading.stopped.reason === 'LINE_TOO_LONG' ? 'a line over 4 MiB' : 'too many bad lines in a row';
    notes.push(`${file.path}: not read past line ${reading.stopped.line}: ${why}`);
  }
  return notes;
}

async function* countedChunks(file: RowFile, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(file.path, { highWaterMark: CHUNK_BYTES })) {
      count((chunk as Buffer).length);
      yield chunk as Buffer;
    }
  } catch (cause) {
    // Gone or forbidden since the folder was listed, or a broken disk.
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliError('INVALID_INPUT', `${file.path} cannot be read: ${code ?? String(cause)}`, { cause });
  }
}

/** The lines of `files` as they were written, one after the other, without blank ones. */
export async function* fileRows(files: readonly RowFile[]): AsyncGenerator<string> {
  for (const file of files) {
    const lines = createInterface({ input: createReadStream(file.path, { highWaterMark: CHUNK_BYTES }), crlfDelay: Infinity });
    for await (const line of lines) if (line.trim() !== '') yield line;
  }
}
