import type { JsonValue } from '../span/span.js';

/** What a checkpoint hash holds beside its payload. */
export interface CheckpointHeader {
  readonly schemaVersion: number;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly savedAt: number;
  /** The codec of the payload; a checkpoint without one is zlib. */
  readonly codec: 'zlib' | 'brotli';
  readonly originalBytes: number;
  readonly storedBytes: number;
  /** Of the raw JSON, 64 hex digits; absent where the first system wrote the checkpoint. */
  readonly sha256?: string;
  readonly step?: string;
  /** The state that it was saved with. */
  readonly state: string;
}

/** A checkpoint whose payload is ready to be stored. */
export interface EncodedCheckpoint {
  readonly header: Omit<CheckpointHeader, 'savedAt' | 'state'>;
  readonly payload: Uint8Array;
}

/** A checkpoint as `recover` gives it. */
export interface Checkpoint {
  readonly header: CheckpointHeader;
  readonly payload: JsonValue;
}
