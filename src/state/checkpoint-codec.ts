import { createHash, webcrypto } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  brotliDecompressSync,
  constants,
  deflate,
  deflateSync,
  inflate,
  inflateSync,
} from 'node:zlib';
import type { Checkpoint, EncodedCheckpoint } from '../operation/checkpoint.js';
import { OperationError } from '../operation/operation-error.js';
import {
  CHECKPOINT_RAW_BYTES_MAX,
  CHECKPOINT_SCHEMA_VERSION,
  CHECKPOINT_STORED_BYTES_MAX,
} from '../operation/operation-limits.js';
import { corruptCheckpoint } from '../operation/refusals.js';
import type { JsonValue } from '../span/span.js';
import type { StoredCheckpoint } from './operation-store.js';

/** Below this, in bytes, a call to the thread pool costs more than the work itself; above it the event loop would stall. */
const SYNCHRONOUS_BYTES_MAX = 65_536;

/** Quality 4 of 11: three times as fast as zlib on a megabyte of text, at about its size. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT } };
/** A payload that grows past this while it is read is a bomb. */
const BOUNDED = { maxOutputLength: CHECKPOINT_RAW_BYTES_MAX };

const CODECS = {
  zlib: {
    compress: promisify<Uint8Array, Buffer>(deflate),
    compressSync: (bytes: Uint8Array): Buffer => deflateSync(bytes),
    decompress: (bytes: Uint8Array): Promise<Buffer> => promisify<Uint8Array, object, Buffer>(inflate)(bytes, BOUNDED),
    decompressSync: (bytes: Uint8Array): Buffer => inflateSync(bytes, BOUNDED),
  },
  brotli: {
    compress: (bytes: Uint8Array): Promise<Buffer> => promisify<Uint8Array, object, Buffer>(brotliCompress)(bytes, BROTLI),
    compressSync: (bytes: Uint8Array): Buffer => brotliCompressSync(bytes, BROTLI),
    decompress: (bytes: Uint8Array): Promise<Buffer> => promisify<Uint8Array, object, Buffer>(brotliDecompress)(bytes, BOUNDED),
    decompressSync: (bytes: Uint8Array): Buffer => brotliDecompressSync(bytes, BOUNDED),
  },
} as const;

export interface EncodeCheckpointOptions {
  /** What it is saved for, for messages. */
  readonly operationId?: string | undefined;
  /** Default zlib, which the first system reads too. */
  readonly codec?: 'zlib' | 'brotli' | undefined;
  /** Where in the work it was saved. */
  readonly step?: string | undefined;
}

/**
 * `payload` as a store takes it.
 *
 * Only the JSON itself is made on the event loop, where its objects are, in one piece; then its bytes, in a turn of their own. Hashing and compressing
 * of more than 64 KB are done in the thread pool.
 *
 * @param payload - Anything that JSON can say.
 * @throws OperationError `INVALID_CHECKPOINT` for what JSON cannot say, `CHECKPOINT_TOO_LARGE` over 16 MiB of JSON or 1 MiB compressed.
 */
export async function encodeCheckpoint(payload: JsonValue, options: EncodeCheckpointOptions = {}): Promise<EncodedCheckpoint> {
  const { operationId, codec = 'zlib', step } = options;
  const text = jsonOf(payload, operationId);
  // A character is at least a byte: what is far too long is not even turned into bytes.
  if (text.length > CHECKPOINT_RAW_BYTES_MAX) throw tooLarge(operationId, text.length, CHECKPOINT_RAW_BYTES_MAX, 'as JSON');
  const isLarge = text.length > SYNCHRONOUS_BYTES_MAX;
  if (isLarge) await nextTurn();
  const raw = Buffer.from(text, 'utf8');
  if (raw.byteLength > CHECKPOINT_RAW_BYTES_MAX) throw tooLarge(operationId, raw.byteLength, CHECKPOINT_RAW_BYTES_MAX, 'as JSON');
  const { compress, compressSync } = CODECS[codec];
  const [sha256, compressed] = isLarge
    ? await Promise.all([sha256InPool(raw), compress(raw)])
    : [createHash('sha256').update(raw).digest('hex'), compressSync(raw)];
  if (compressed.byteLength > CHECKPOINT_STORED_BYTES_MAX) {
    throw tooLarge(operationId, compressed.byteLength, CHECKPOINT_STORED_BYTES_MAX, 'after compression');
  }
  return {
    header: {
      schemaVersion: CHECKPOINT_SCHEMA_VERSION,
      codec,
      originalBytes: raw.byteLength,
      storedBytes: compressed.byteLength,
      sha256,
      ...(step === undefined ? {} : { step }),
    },
    payload: compressed,
  };
}

/**
 * The checkpoint with its payload; `undefined` where its schema is older or newer than this version's, and nothing can be known of it.
 *
 * @throws OperationError `CHECKPOINT_CORRUPT` when it does not decompress, grows past 16 MiB, has another size or hash than its header says, or is no JSON.
 */
export async function decodeCheckpoint(
  { header, payload }: StoredCheckpoint,
  { operationId }: { readonly operationId: string },
): Promise<Checkpoint | undefined> {
  if (header.schemaVersion !== CHECKPOINT_SCHEMA_VERSION) return undefined;
  if (payload.byteLength > CHECKPOINT_STORED_BYTES_MAX || header.originalBytes > CHECKPOINT_RAW_BYTES_MAX) {
    throw corruptCheckpoint(
      operationId,
      `${payload.byteLength.toLocaleString('en')} bytes that should give ${header.originalBytes.toLocaleString('en')} are over the limits of ${CHECKPOINT_STORED_BYTES_MAX.toLocaleString('en')} and ${CHECKPOINT_RAW_BYTES_MAX.toLocaleString('en')}`,
    );
  }
  const isLarge = Math.max(payload.byteLength, header.originalBytes) > SYNCHRONOUS_BYTES_MAX;
  const { decompress, decompressSync } = CODECS[header.codec];
  let raw: Buffer;
  try {
    raw = isLarge ? await decompress(payload) : decompressSync(payload);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw corruptCheckpoint(
      operationId,
      code === 'ERR_BUFFER_TOO_LARGE'
        ? `it decompresses to more than ${CHECKPOINT_RAW_BYTES_MAX.toLocaleString('en')} bytes`
        : `it does not decompress (${message})`,
    );
  }
  if (raw.byteLength !== header.originalBytes) {
    throw corruptCheckpoint(operationId, `it decompresses to ${raw.byteLength} bytes, not to ${header.originalBytes}`);
  }
  if (header.sha256 !== undefined) {
    const actual = isLarge ? await sha256InPool(raw) : createHash('sha256').update(raw).digest('hex');
    if (actual !== header.sha256) throw corruptCheckpoint(operationId, `its SHA-256 is ${actual}, not ${header.sha256}`);
  }
  if (isLarge) await nextTurn();
  try {
    return { header, payload: JSON.parse(raw.toString('utf8')) as JsonValue };
  } catch (error) {
    throw corruptCheckpoint(operationId, `it is no JSON (${(error as Error).message.slice(0, 100)})`);
  }
}

async function sha256InPool(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

function jsonOf(payload: JsonValue, operationId: string | undefined): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(payload);
  } catch (error) {
    throw invalid(operationId, (error as Error).message);
  }
  if (text === undefined) throw invalid(operationId, `a ${typeof payload} is nothing that JSON can say`);
  return text;
}

function invalid(operationId: string | undefined, reason: string): OperationError {
  return new OperationError(
    'INVALID_CHECKPOINT',
    `checkpoint${ofOperation(operationId)}: ${reason.split('\n')[0]}; save what JSON can say`,
    { operationId },
  );
}

function tooLarge(operationId: string | undefined, bytes: number, limitBytes: number, when: string): OperationError {
  return new OperationError(
    'CHECKPOINT_TOO_LARGE',
    `checkpoint${ofOperation(operationId)}: ${bytes.toLocaleString('en')} bytes ${when}, limit ${limitBytes.toLocaleString('en')}; keep large values elsewhere and save where they are`,
    { operationId },
  );
}

function ofOperation(operationId: string | undefined): string {
  return operationId === undefined ? '' : ` of operation ${operationId}`;
}
