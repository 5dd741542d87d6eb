import type { Checkpoint, CheckpointHeader } from '../operation/checkpoint.js';
import { decodeCheckpoint } from './checkpoint-codec.js';
import type { OperationStore } from './operation-store.js';

/** What is logged of checkpoints: an event, and facts by name. Sizes are bytes, ages milliseconds. */
export type CheckpointLog = (
  event: 'checkpoint_saved' | 'checkpoint_recovered' | 'checkpoint_schema_stale',
  facts: Readonly<Record<string, string | number>>,
) => void;

/**
 * What an operation can resume from; `undefined` when it has no checkpoint, or one whose schema is older or newer than this version's.
 *
 * @param now - Milliseconds since the epoch, for the age that is logged.
 * @throws OperationError `CHECKPOINT_CORRUPT`, or what the store throws.
 */
export async function recoverCheckpoint(
  store: OperationStore,
  operationId: string,
  { log = () => {}, now }: { readonly log?: CheckpointLog | undefined; readonly now: number },
): Promise<Checkpoint | undefined> {
  const stored = await store.checkpoint(operationId);
  if (stored === undefined) return undefined;
  const { header } = stored;
  const facts = { operation_id: operationId, ...factsOf(header), age_ms: Math.max(0, now - header.savedAt) };
  const checkpoint = await decodeCheckpoint(stored, { operationId });
  if (checkpoint === undefined) log('checkpoint_schema_stale', { ...facts, schema_version: header.schemaVersion });
  else log('checkpoint_recovered', facts);
  return checkpoint;
}

/** Logs what a transition has just saved, with what compression made of it. */
export function logSavedCheckpoint(
  log: CheckpointLog,
  operationId: string,
  header: Pick<CheckpointHeader, 'codec' | 'originalBytes' | 'storedBytes' | 'step'>,
): void {
  log('checkpoint_saved', { operation_id: operationId, ...factsOf(header) });
}

function factsOf(header: Pick<CheckpointHeader, 'codec' | 'originalBytes' | 'storedBytes' | 'step'>) {
  const { codec, originalBytes, storedBytes, step } = header;
  return {
    codec,
    original_bytes: originalBytes,
    stored_bytes: storedBytes,
    ratio: originalBytes === 0 ? 1 : Math.round((storedBytes / originalBytes) * 1_000) / 1_000,
    ...(step === undefined ? {} : { step }),
  };
}
