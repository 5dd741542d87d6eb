import type { Operation } from '../operation/operation.js';
import { OperationError } from '../operation/operation-error.js';
import type { OperationStore } from '../state/operation-store.js';
import type { SweepParts } from './sweep-parts.js';
import type { SweepTally } from './sweep-progress.js';

/** Writes what a sweep decided about operations; gives way to everybody else who writes. */
export class OperationCloser {
  constructor(
    readonly store: OperationStore,
    private readonly onOrphan: SweepParts['onOrphan'],
    private readonly tally: SweepTally,
  ) {}

  /** Moves the deadline of an operation that lives. */
  async renew({ operationId }: Operation): Promise<void> {
    const renewed = await unlessMoved(() => this.store.renew({ operationId }));
    this.tally.add(renewed === undefined ? 'operationsMoved' : 'operationsRenewed');
  }

  /**
   * Puts an operation that nobody will finish into `ERRORED`, unless it has gone on since it was read.
   *
   * @returns As it is then; `undefined` where it went on, or went away.
   */
  async orphan({ operationId, traceId, version }: Operation, reason: string): Promise<Operation | undefined> {
    const written = await unlessMoved(() =>
      this.store.transition({
        operationId,
        // The same from every watchdog that saw this version: one of them writes, the others are told of it.
        requestId: `everspan-watchdog/${version}`,
        to: 'ERRORED',
        forcedReason: reason,
        ifVersion: version,
      }),
    );
    this.tally.add(written === undefined ? 'operationsMoved' : 'operationsOrphaned');
    if (written !== undefined && !written.isRepeat) this.onOrphan({ operationId, traceId, reason });
    return written?.operation;
  }
}

async function unlessMoved<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof OperationError && MOVED_CODES.has(error.code)) return undefined;
    throw error;
  }
}

// Somebody wrote since it was read, finished it, or it ran out of time.
const MOVED_CODES: ReadonlySet<string> = new Set(['VERSION_CHANGED', 'ILLEGAL_TRANSITION', 'NO_SUCH_OPERATION', 'STALE_EPOCH']);
