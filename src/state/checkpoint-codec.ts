import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import type { Checkpoint, CheckpointHeader, EncodedCheckpoint } from '../operation/checkpoint.js';
import { CHECKPOINT_RAW_BYTES_MAX, CHECKPOINT_SCHEMA_VERSION } from '../operation/operation-limits.js';
import type { JsonValue } from '../span/span.js';

const compress = promisify(deflate);
const decompress = promisify(inflate) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

/** `payload` as it is stored. */
export async function encodeCheckpoint(
  payload: JsonValue,
  options: { readonly step?: string; readonly operationId?: string } = {},
): Promise<EncodedCheckpoint> {
  const raw = Buffer.from(JSON.stringify(payload));
  const stored = await compress(raw);
  const { step } = options;
  const header = {
    schemaVersion: CHECKPOINT_SCHEMA_VERSION,
    codec: 'zlib',
    originalBytes: raw.length,
    storedBytes: stored.length,
    ...(step === undefined ? {} : { step }),
  } as const;
  return { header, payload: stored };
}

/** What was stored; `undefined` where its schema is another. */
export async function decodeCheckpoint(
  stored: { readonly header: CheckpointHeader; readonly payload: Uint8Array },
  _options: { readonly operationId: string },
): Promise<Checkpoint | undefined> {
  const { header, payload } = stored;
  if (header.schemaVersion !== CHECKPOINT_SCHEMA_VERSION) return undefined;
  const raw = await decompress(payload, { maxOutputLength: CHECKPOINT_RAW_BYTES_MAX });
  return { header, payload: JSON.parse(raw.toString()) as JsonValue };
}
