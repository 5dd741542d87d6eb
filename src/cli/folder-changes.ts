import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidSpanError } from '../span/errors.js';
import { isObject } from '../span/validate-span.js';
import type { SpanChange } from '../store/span-store.js';
import { findRowFiles } from './folder-files.js';
import { spanFromRow } from './span-row.js';
import type { ChangeQuery } from './trace-source.js';

const POLL_MS = 250;
const READ_BYTES = 1_024 * 1_024;

/** How far a file has been read, and the line that its end has begun. */
interface Position {
  offset: number;
  rest: Buffer;
}

/**
 * Spans as they are appended to the files at `path`, until `signal` aborts.
 *
 * By looking again and again: notices of changes do not come over network file systems, nor for files in folders that are made later.
 */
export async function* folderChanges(path: string, query: ChangeQuery, signal: AbortSignal): AsyncGenerator<SpanChange> {
  const positions = new Map<string, Position>();
  let sequence = 0;
  for (let isFirstLook = true; !signal.aborted; isFirstLook = false) {
    for (const file of (await findRowFiles(path)).filter(({ type }) => type === 'spans')) {
      const skips = isFirstLook && !query.fromStart;
      const position = positions.get(file.path) ?? { offset: skips ? file.sizeBytes : 0, rest: Buffer.alloc(0) };
      positions.set(file.path, position);
      // A file that got shorter was written anew.
      if (file.sizeBytes < position.offset) Object.assign(position, { offset: 0, rest: Buffer.alloc(0) });
      for await (const line of newLines(file.path, position)) {
        const span = readLine(line);
        if (span === undefined || (query.traceId !== undefined && span.traceId !== query.traceId)) continue;
        sequence += 1;
        yield { sequence, span };
      }
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function* newLines(path: string, position: Position): AsyncGenerator<string> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(READ_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES, position.offset);
      if (bytesRead === 0) return;
      position.offset += bytesRead;
      let bytes = Buffer.concat([position.rest, buffer.subarray(0, bytesRead)]);
      for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a)) {
        yield bytes.subarray(0, end).toString('utf8');
        bytes = bytes.subarray(end + 1);
      }
      position.rest = Buffer.from(bytes);
    }
  } finally {
    await file.close();
  }
}

function readLine(line: string): SpanChange['span'] | undefined {
  try {
    const row = JSON.parse(line) as unknown;
    return isObject(row) ? spanFromRow(row) : undefined;
  } catch (error) {
    // A torn line, or a row that is no span.
    if (error instanceof SyntaxError || error instanceof InvalidSpanError) return undefined;
    throw error;
  }
}
