import type { Operation } from '../operation/operation.js';
import { isTerminal } from '../operation/operation-state.js';
import { deriveSpanId } from '../span/ids.js';
import type { Span } from '../span/span.js';
import type { OpenSpanIndex, SpanRun } from '../state/open-span-index.js';
import { endFromRecord, endWithOperation } from './end-span.js';
import type { OperationCloser } from './operation-closer.js';
import type { ClosedRun } from './run-record.js';
import type { SpanEnder } from './span-ender.js';
import type { TemporalSide } from './sweep-parts.js';

/** The type of an operation's span. It outlives runs: the next of a chain, or another workflow, goes on with it. */
const OPERATION = 'operation';

/** Whether `span` ends with its operation, not with its run. */
export function isOfOperation(span: Span): boolean {
  return span.type === OPERATION;
}

/** What becomes of operations' spans whose run has closed. */
export class OperationSpans {
  constructor(
    private readonly index: OpenSpanIndex,
    private readonly ender: SpanEnder,
    private readonly temporal: TemporalSide,
    private readonly closer: OperationCloser | undefined,
  ) {}

  /**
   * Ends the spans of operations of a run that has closed, or hands them on.
   *
   * ```
   * a later run has the operation          kept under that run
   * operation completed or errored         ends so
   * active, the server closed the run      orphaned at once, and ends so
   * active, the run's code closed it       left: who takes it over has until the operation's deadline
   * no operation, or no store that knows   ends with the run
   * ```
   */
  async settle(record: ClosedRun, spans: readonly Span[]): Promise<void> {
    for (const span of spans) await this.settleOne(record, span);
  }

  /** Ends the span of an operation that a sweep closed, where it is known under the run that last wrote. */
  async end(operation: Operation, reason: string): Promise<void> {
    const { workflow } = operation.owner;
    if (workflow === undefined) return;
    const spanId = deriveSpanId(operation.traceId, OPERATION, operation.operationId);
    const span = (await this.index.spansOf(workflow)).find((one) => one.spanId === spanId);
    if (span === undefined) return;
    // An end that waits there is that of whoever drove the operation.
    await this.ender.end(workflow, [span.endTime === undefined ? endWithOperation(span, operation, reason) : span]);
  }

  private async settleOne(record: ClosedRun, span: Span): Promise<void> {
    const operationId = span.attributes['everspan.operation.id'];
    const operation = typeof operationId === 'string' ? await this.closer?.store.get(operationId) : undefined;
    const owner = operation?.owner.workflow;
    const last = await this.lastRunOf(owner?.namespace === record.run.namespace ? owner : record.run);
    if (last === undefined) return;
    if (last.runId !== record.run.runId) {
      // Put before remove: a crash in between repeats work, never loses it.
      await this.index.put(last, [span]);
      await this.index.remove(record.run, [span.spanId]);
      return;
    }
    if (operation === undefined) await this.ender.end(record.run, [endFromRecord(span, record, {})]);
    else if (isTerminal(operation.state)) await this.ender.end(record.run, [endWithOperation(span, operation)]);
    else if (record.closedAs === 'TERMINATED' || record.closedAs === 'TIMED_OUT') {
      const reason = `run ${record.run.runId} of workflow ${record.run.workflowId} was closed as ${record.closedAs}`;
      const errored = await this.closer?.orphan(operation, reason);
      if (errored !== undefined) await this.ender.end(record.run, [endWithOperation(span, errored, reason)]);
    } else await this.index.renew(record.run);
  }

  private async lastRunOf(run: SpanRun): Promise<SpanRun | undefined> {
    const record = await this.temporal.calls.ask(() => this.temporal.records.readChain(run));
    if (record === undefined) return undefined;
    return record.kind === 'gone' ? run : record.run;
  }
}
