import type { Operation } from '../operation/operation.js';
import { isTerminal } from '../operation/operation-state.js';
import type { OperationCloser } from './operation-closer.js';
import type { OperationSpans } from './operation-spans.js';
import type { SweepBounds, TemporalSide } from './sweep-parts.js';
import type { SweepTally } from './sweep-progress.js';

/** Renews overdue operations whose run lives, and puts those that nobody will finish into `ERRORED`. */
export class OperationSweeper {
  constructor(
    private readonly closer: OperationCloser,
    private readonly spans: OperationSpans | undefined,
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
        await this.closer.renew(operation);
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

  private async orphan(operation: Operation, reason: string): Promise<void> {
    const errored = await this.closer.orphan(operation, reason);
    if (errored !== undefined) await this.spans?.end(errored, reason);
  }
}
