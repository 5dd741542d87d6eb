import type { Operation } from '../operation/operation.js';
import { OperationError } from '../operation/operation-error.js';
import { isTerminal } from '../operation/operation-state.js';
import type { OperationStore } from '../state/operation-store.js';
import type { SweepBounds, SweepParts, TemporalSide } from './sweep-parts.js';
import type { SweepTally } from './sweep-progress.js';

/** Renews overdue operations whose run lives, and puts those that nobody will finish into `ERRORED`. */
export class OperationSweeper {
  constructor(
    private readonly parts: SweepParts,
    private readonly store: OperationStore,
    private readonly temporal: TemporalSide,
    private readonly bounds: SweepBounds,
    private readonly tally: SweepTally,
  ) {}

  /**
   * Decides about one operation whose deadline has passed by the store's clock.
   *
   * ```
   * owned outside Temporal          no progress for its timeout: orphaned (the wall-clock rule)
   * its chain runs                  renewed, however old
   * its chain closed                orphaned, once the grace is over
   * its run is gone                 orphaned, once retention has passed
   * no answer, another namespace    left
   * ```
   *
   * @throws What the store throws, unless it says that the operation went on or went away meanwhile.
   */
  async sweep(operation: Operation): Promise<void> {
    // The index is a hint: what is at rest is nobody's orphan.
    if (isTerminal(operation.state)) return;
    const { workflow } = operation.owner;
    if (workflow === undefined) {
      await this.orphan(operation, `no progress for ${Math.round(operation.progressTimeoutMs / 1_000)} s`);
      return;
    }
    const { records, calls } = this.temporal;
    if (workflow.namespace !== records.namespace) return;
    const record = await calls.ask(() => records.readChain(workflow));
    if (record === undefined) {
      this.tally.add('operationsUnanswered');
      return;
    }
    const name = `run ${record.run.runId} of workflow ${workflow.workflowId}`;
    switch (record.kind) {
      case 'running':
        await this.renew(operation);
        return;
      case 'closed':
        if (this.bounds.nowMs() - record.closedAtMicros / 1_000 < this.bounds.graceMs) this.tally.add('operationsWaiting');
        else await this.orphan(operation, `${name} was closed as ${record.closedAs}`);
        return;
      case 'gone':
        // Without retention behind it, it may have been deleted by hand, or be of another cluster: its time to live decides.
        if (this.bounds.nowMs() - operation.updatedAt < this.temporal.retentionMs + this.bounds.graceMs)
          this.tally.add('operationsWaiting');
        else await this.orphan(operation, `${name} is gone`);
    }
  }

  private async renew({ operationId }: Operation): Promise<void> {
    const hasRenewed = await this.unlessMoved(() => this.store.renew({ operationId }));
    this.tally.add(hasRenewed ? 'operationsRenewed' : 'operationsMoved');
  }

  private async orphan({ operationId, traceId, version }: Operation, reason: string): Promise<void> {
    let isRepeat = false;
    const hasClosed = await this.unlessMoved(async () => {
      const written = await this.store.transition({
        operationId,
        // The same from every watchdog that saw this version: one of them writes, the others are told of it.
        requestId: `everspan-watchdog/${version}`,
        to: 'ERRORED',
        forcedReason: reason,
        ifVersion: version,
      });
      isRepeat = written.isRepeat;
    });
    this.tally.add(hasClosed ? 'operationsOrphaned' : 'operationsMoved');
    if (hasClosed && !isRepeat) this.parts.onOrphan({ operationId, traceId, reason });
  }

  private async unlessMoved(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (error instanceof OperationError && MOVED_CODES.has(error.code)) return false;
      throw error;
    }
  }
}

// Somebody wrote since it was read, finished it, or it ran out of time.
const MOVED_CODES: ReadonlySet<string> = new Set(['VERSION_CHANGED', 'ILLEGAL_TRANSITION', 'NO_SUCH_OPERATION', 'STALE_EPOCH']);
