import type { EncodedCheckpoint } from '../operation/checkpoint.js';
import { CHECKPOINT_STORED_BYTES_MAX } from '../operation/operation-limits.js';
import { corruptCheckpoint } from '../operation/refusals.js';
import type { StoredCheckpoint } from './operation-store.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { headerOf } from './redis-replies.js';

/** Bytes in one reply of numbers. */
const WINDOW_BYTES = 65_536;
/** So often is a payload read anew that changes while it is read in parts. */
const READS_MAX = 5;

/** The fields of a checkpoint's hash, names and values in turn. All of them, so that nothing is left of the checkpoint before. */
export function checkpointFields({ header, payload }: EncodedCheckpoint): (string | number | Uint8Array)[] {
  return [
    ...['schema_version', header.schemaVersion],
    ...['codec', header.codec],
    ...['payload_size_original', header.originalBytes],
    ...['payload_size_compressed', header.storedBytes],
    ...['sha256', header.sha256 ?? ''],
    ...['step', header.step ?? ''],
    // ioredis takes only its own kind of bytes.
    ...['payload_compressed', Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)],
  ];
}

/**
 * The stored checkpoint of an operation, not decoded; `undefined` when there is none.
 *
 * @throws OperationError `CHECKPOINT_CORRUPT` for a hash that is none, or is larger than any that we store.
 */
export async function readCheckpoint(
  connection: RedisConnection,
  keys: RedisKeys,
  operationId: string,
): Promise<StoredCheckpoint | undefined> {
  const flat = (await connection.run({
    script: 'checkpoint',
    keys: keys.both(operationId),
    isWrite: false,
    subject: `checkpoint of operation ${operationId}`,
    operationId,
    inBytes: true,
  })) as (Uint8Array | string)[];
  if (flat.length === 0) return undefined;
  const fields = new Map<string, string>();
  let payload: Uint8Array | string | undefined;
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const value = flat[i + 1] as Uint8Array | string;
    const name = textOf(flat[i] as Uint8Array | string);
    if (name === 'payload_compressed') payload = value;
    else fields.set(name, textOf(value));
  }
  if (payload === undefined) throw corruptCheckpoint(operationId, 'it has no payload');
  // A client that decodes every reply to text has spoilt these bytes; numbers it lets through.
  const bytes = typeof payload === 'string' ? await readInNumbers(connection, keys, operationId) : payload;
  if (bytes.byteLength > CHECKPOINT_STORED_BYTES_MAX) {
    throw corruptCheckpoint(
      operationId,
      `it has ${bytes.byteLength.toLocaleString('en')} bytes, limit ${CHECKPOINT_STORED_BYTES_MAX.toLocaleString('en')}`,
    );
  }
  return { header: headerOf(operationId, fields), payload: bytes };
}

async function readInNumbers(connection: RedisConnection, keys: RedisKeys, operationId: string): Promise<Uint8Array> {
  for (let read = 0; read < READS_MAX; read += 1) {
    const bytes: number[] = [];
    let hash: string | undefined;
    let isWhole = false;
    while (bytes.length <= CHECKPOINT_STORED_BYTES_MAX) {
      const reply = (await connection.run({
        script: 'checkpoint-bytes',
        keys: [keys.checkpoint(operationId)],
        args: [bytes.length, WINDOW_BYTES],
        isWrite: false,
        subject: `checkpoint of operation ${operationId}`,
        operationId,
      })) as [string, ...(number | string)[]] | [];
      const [found, ...part] = reply;
      // Another checkpoint took its place.
      if (found === undefined || (hash !== undefined && found !== hash)) break;
      hash = found;
      for (const byte of part) bytes.push(Number(byte));
      isWhole = part.length < WINDOW_BYTES;
      if (isWhole) break;
    }
    if (isWhole || bytes.length > CHECKPOINT_STORED_BYTES_MAX) return Uint8Array.from(bytes);
  }
  throw corruptCheckpoint(operationId, 'it changed or vanished each time that it was read in parts');
}

function textOf(value: Uint8Array | string): string {
  return typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}
