import type { EncodedCheckpoint } from '../../src/operation/checkpoint.js';
import type { OperationOwner } from '../../src/operation/operation.js';
import { predecessorsOf, type OperationState } from '../../src/operation/operation-state.js';
import type { OperationLifetimes } from '../../src/operation/operation-record.js';
import type { OperationStore, Written } from '../../src/state/operation-store.js';

/** A store under test, and what its contract does not let one see. */
export interface StoreHarness {
  readonly store: OperationStore;
  /** The same operations through another client. */
  readonly another: OperationStore;
  readonly lifetimes: OperationLifetimes;
  /** Milliseconds that the operation and its checkpoint still have; `undefined` where there is none. */
  ttlMsOf(operationId: string): Promise<{ readonly operation: number | undefined; readonly checkpoint: number | undefined }>;
  /** Ends the time to live of an operation, as if it had passed. */
  expire(operationId: string): Promise<void>;
  /** Lets so much time pass, in milliseconds, or waits until it has. */
  pass(ms: number): Promise<void>;
}

export const OWNER: OperationOwner = {
  identity: 'worker-1@host',
  workflow: { namespace: 'default', workflowId: 'order-1', runId: 'run-1' },
};

let lastId = 0;

/** An id that no other test of this process uses. */
export function freshId(): string {
  lastId += 1;
  return `op-${process.pid}-${lastId}`;
}

/** A request id that no other request of this process has. */
export function freshRequest(): string {
  lastId += 1;
  return `request-${process.pid}-${lastId}`;
}

/** A checkpoint of these bytes, as a codec would give it. */
export function encoded(payload: Uint8Array, step?: string): EncodedCheckpoint {
  return {
    header: {
      schemaVersion: 1,
      codec: 'zlib',
      originalBytes: payload.byteLength * 3,
      storedBytes: payload.byteLength,
      sha256: 'a'.repeat(64),
      ...(step === undefined ? {} : { step }),
    },
    payload,
  };
}

/** The shortest legal way from RECEIVED to `target`, both included. */
export function wayTo(target: OperationState): OperationState[] {
  const ways: OperationState[][] = [[target]];
  for (const way of ways) {
    const first = way[0] as OperationState;
    if (first === 'RECEIVED') return way;
    for (const before of predecessorsOf(first)) if (!way.includes(before)) ways.push([before, ...way]);
  }
  throw new Error(`no way leads to ${target}`);
}

/** Creates an operation and takes it to `target` by legal steps; the last answer. */
export async function reach(store: OperationStore, target: OperationState, operationId: string = freshId()): Promise<Written> {
  let written = await store.create({ operationId, requestId: freshRequest(), traceId: 'f'.repeat(32), owner: OWNER });
  for (const to of wayTo(target).slice(1)) {
    written = await store.transition({ operationId, requestId: freshRequest(), to, epoch: written.operation.epoch });
  }
  return written;
}
