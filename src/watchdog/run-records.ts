import type { Client } from '@temporalio/client';
import type { SpanRun } from '../state/open-span-index.js';
import { UnreadableRecordError, WatchdogError } from './errors.js';
import { microsOf, textIn } from './protobuf-values.js';
import { type ClosedRun, readStatus, type RunRecord } from './run-record.js';

/** What a run's last event says besides its status. */
export interface CloseEvent {
  /** The run that it continued as, or was tried again as. */
  readonly nextRunId?: string;
  /** Why, where it failed or was terminated. */
  readonly message?: string;
  /** The failure's type. */
  readonly errorType?: string;
}

/** Resets and continuations that are followed from one run. */
const HOPS_MAX = 1_000;
/** How long an answer of the namespace stands. */
const CONFIRMED_FOR_MS = 1_000;
/** `grpc.status.NOT_FOUND`. */
const NOT_FOUND = 5;
// `HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT` and `CONTINUE_AS_NEW_INITIATOR_RETRY`: of enums whose package is no dependency of ours.
const CLOSE_EVENT_FILTER = 2 as never;
const INITIATOR_RETRY: number = 2;

/**
 * Temporal's record of the runs of one namespace, asked as the server itself knows it, without interceptors or converters.
 *
 * Every method throws what the call threw when there was no answer; silence is never read as an answer.
 */
export class RunRecords {
  readonly namespace: string;
  /** How often a run was described. */
  described = 0;
  /** When the namespace last answered, on this process's monotonic clock. */
  private confirmedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly client: Pick<Client, 'workflowService' | 'options'>) {
    this.namespace = client.options.namespace;
  }

  /**
   * Milliseconds that the namespace keeps closed runs.
   *
   * @throws WatchdogError `NAMESPACE_UNANSWERED`.
   */
  async retentionMs(): Promise<number> {
    try {
      const { config } = await this.client.workflowService.describeNamespace({ namespace: this.namespace });
      // Absent: kept for ever, as far as anybody knows.
      const micros = microsOf(config?.workflowExecutionRetentionTtl);
      this.confirmedAtMs = performance.now();
      return micros === undefined ? Number.POSITIVE_INFINITY : micros / 1_000;
    } catch (cause) {
      throw new WatchdogError(
        'NAMESPACE_UNANSWERED',
        `namespace ${this.namespace} does not answer, so nothing is closed: ${String(cause)}`,
        cause,
      );
    }
  }

  /** The state of `run`, or of the last run that it was reset to: only that one counts. */
  async read(run: SpanRun): Promise<RunRecord> {
    let current = run;
    for (let hops = 0; hops < HOPS_MAX; hops += 1) {
      const { record, resetRunId } = await this.describe(current);
      if (resetRunId === undefined || resetRunId === current.runId) return record;
      current = { ...current, runId: resetRunId };
    }
    throw new UnreadableRecordError(`run ${run.runId} of ${run.workflowId} was reset more than ${HOPS_MAX} times`);
  }

  /** As `read`, and on to the run that it continued as, or was tried again as, as long as there is one. */
  async readChain(run: SpanRun): Promise<RunRecord> {
    let current = run;
    for (let hops = 0; hops < HOPS_MAX; hops += 1) {
      const record = await this.read(current);
      if (record.kind !== 'closed') return record;
      const nextRunId = await this.successorOf(record);
      if (nextRunId === undefined) return record;
      current = { ...current, runId: nextRunId };
    }
    // A chain so long since the last write: whatever runs under that id now is its end.
    return this.read({ ...run, runId: '' });
  }

  /** What the last event of a closed run says. */
  async closeEvent(run: SpanRun): Promise<CloseEvent> {
    const { history } = await this.client.workflowService.getWorkflowExecutionHistory({
      namespace: run.namespace,
      execution: { workflowId: run.workflowId, runId: run.runId },
      historyEventFilterType: CLOSE_EVENT_FILTER,
    });
    const event = history?.events?.at(-1);
    const failed = event?.workflowExecutionFailedEventAttributes;
    const nextRunId =
      textIn(event?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId) ??
      textIn(failed?.newExecutionRunId) ??
      textIn(event?.workflowExecutionTimedOutEventAttributes?.newExecutionRunId);
    // What failed, rather than who passed it on.
    let failure = failed?.failure;
    while (failure?.cause !== undefined && failure.cause !== null) failure = failure.cause;
    const message = textIn(failure?.message) ?? textIn(event?.workflowExecutionTerminatedEventAttributes?.reason);
    const errorType = textIn(failure?.applicationFailureInfo?.type);
    return {
      ...(nextRunId === undefined ? {} : { nextRunId }),
      ...(message === undefined ? {} : { message }),
      ...(errorType === undefined ? {} : { errorType }),
    };
  }

  // Not for each of a thousand runs anew.
  private async confirmNamespace(): Promise<void> {
    if (performance.now() - this.confirmedAtMs < CONFIRMED_FOR_MS) return;
    await this.retentionMs();
  }

  private async successorOf({ run, closedAs }: ClosedRun): Promise<string | undefined> {
    if (closedAs === 'CONTINUED_AS_NEW') return (await this.closeEvent(run)).nextRunId;
    if (closedAs !== 'FAILED' && closedAs !== 'TIMED_OUT') return undefined;
    const { nextRunId } = await this.closeEvent(run);
    // The next run of a cron is other work; a retry is the same again.
    return nextRunId !== undefined && (await this.isRetry({ ...run, runId: nextRunId })) ? nextRunId : undefined;
  }

  private async isRetry(run: SpanRun): Promise<boolean> {
    const { history } = await this.client.workflowService.getWorkflowExecutionHistory({
      namespace: run.namespace,
      execution: { workflowId: run.workflowId, runId: run.runId },
      maximumPageSize: 1,
    });
    const initiator: number | null | undefined = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.initiator;
    return initiator === INITIATOR_RETRY;
  }

  private async describe(run: SpanRun): Promise<{ readonly record: RunRecord; readonly resetRunId?: string }> {
    this.described += 1;
    const execution = { workflowId: run.workflowId, ...(run.runId === '' ? {} : { runId: run.runId }) };
    try {
      const answer = await this.client.workflowService.describeWorkflowExecution({ namespace: run.namespace, execution });
      const told = answer.workflowExecutionInfo;
      const found = { ...run, runId: told?.execution?.runId ?? run.runId };
      const status = readStatus(told?.status);
      if (status === 'running') return { record: { kind: 'running', run: found } };
      const closedAtMicros = microsOf(told?.closeTime);
      if (status === undefined || closedAtMicros === undefined) {
        throw new UnreadableRecordError(`run ${run.runId} of ${run.workflowId} has status ${String(told?.status)}`);
      }
      const resetRunId = textIn(answer.workflowExtendedInfo?.resetRunId);
      return {
        record: { kind: 'closed', run: found, closedAs: status, closedAtMicros },
        ...(resetRunId === undefined ? {} : { resetRunId }),
      };
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // A namespace that is gone answers "not found" too: only one that is there can say so of a run.
      await this.confirmNamespace();
      return { record: { kind: 'gone', run } };
    }
  }
}

// By its code: clients and workers have error classes of their own for it.
function isNotFound(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === NOT_FOUND;
}
