import type { CheckpointHeader } from './checkpoint.js';
import type { Operation } from './operation.js';
import type { OperationLogs } from './operation-log.js';
import { FAILSAFE_TTL_MS, TERMINAL_TTL_MS } from './operation-limits.js';
import { isTerminal } from './operation-state.js';

/** All that a store keeps of one operation. */
export interface OperationRecord {
  readonly operation: Operation;
  readonly logs: OperationLogs;
  /** Milliseconds since the epoch; from then on there is no such operation, and no checkpoint of it. */
  readonly expiresAt: number;
  readonly checkpoint?: { readonly header: CheckpointHeader; readonly payload: Uint8Array };
}

/** How long a store keeps what nobody touches, in milliseconds. */
export interface OperationLifetimes {
  /** Of an active operation, from its last progress. At least a progress timeout and the terminal TTL, whatever is said here. */
  readonly failsafeTtlMs: number;
  /** Of a completed or errored one. */
  readonly terminalTtlMs: number;
}

/** 24 hours, one hour. */
export const DEFAULT_LIFETIMES: OperationLifetimes = { failsafeTtlMs: FAILSAFE_TTL_MS, terminalTtlMs: TERMINAL_TTL_MS };

/** When an operation that was written at `now` is gone. */
export function expiryOf(operation: Operation, now: number, lifetimes: OperationLifetimes): number {
  if (isTerminal(operation.state)) return now + lifetimes.terminalTtlMs;
  // An operation must not vanish before it is overdue: nobody would close it.
  return now + Math.max(lifetimes.failsafeTtlMs, operation.progressTimeoutMs + lifetimes.terminalTtlMs);
}
