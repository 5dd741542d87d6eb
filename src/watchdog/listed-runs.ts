import type { Client } from '@temporalio/client';
import type { SpanRun } from '../state/open-span-index.js';
import { PATCH_ID } from '../wire/activity-names.js';
import { textIn } from './protobuf-values.js';
import { type CloseStatus, readStatus } from './run-record.js';

/** A run as visibility lists it: a hint, a moment late. */
export interface ListedRun {
  readonly run: SpanRun;
  readonly closedAs: CloseStatus | undefined;
}

export interface ListedPage {
  readonly runs: readonly ListedRun[];
  /** Base64 of the server's token; absent on the last page. */
  readonly cursor?: string;
}

type ListingClient = Pick<Client, 'workflowService' | 'options'>;

const PAGE_RUNS = 500;
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Runs that closed after `sinceMs` and may have been traced, page by page.
 *
 * @param options.isProven - Only those whose history has our marker. One that the server closed during its first task has told of spans, and has
 *   no marker: its task was never completed.
 */
export async function listClosedRuns(
  client: ListingClient,
  options: { readonly sinceMs: number; readonly isProven: boolean; readonly cursor: string | undefined },
): Promise<ListedPage> {
  const { sinceMs, isProven, cursor } = options;
  // The marker is a search attribute as well.
  const isMarked = `TemporalChangeVersion = '${PATCH_ID}'`;
  const mayBeTraced = isProven ? isMarked : `(${isMarked} OR ExecutionStatus IN ('Terminated', 'TimedOut'))`;
  const { namespace } = client.options;
  const { executions, nextPageToken } = await client.workflowService.listWorkflowExecutions({
    namespace,
    pageSize: PAGE_RUNS,
    query: `${mayBeTraced} AND CloseTime > '${new Date(sinceMs).toISOString()}'`,
    ...(cursor === undefined ? {} : { nextPageToken: Buffer.from(cursor, 'base64') }),
  });
  const runs = (executions ?? []).flatMap(({ execution, status }): ListedRun[] => {
    const [workflowId, runId] = [textIn(execution?.workflowId), textIn(execution?.runId)];
    const closedAs = readStatus(status);
    if (workflowId === undefined || runId === undefined || closedAs === 'running') return [];
    return [{ run: { namespace, workflowId, runId }, closedAs }];
  });
  const hasMore = nextPageToken !== undefined && nextPageToken !== null && nextPageToken.length > 0;
  return { runs, ...(hasMore ? { cursor: Buffer.from(nextPageToken).toString('base64') } : {}) };
}

/**
 * Those of `runs` that visibility shows as running. One that closed a moment ago may be among them still; one that began a moment ago may not.
 *
 * @param runs - At most 100: the query names them.
 */
export async function listRunning(client: ListingClient, runs: readonly SpanRun[]): Promise<ReadonlySet<string>> {
  // Ids that a server made: no other text goes into a query.
  const ids = runs.flatMap(({ runId }) => (RUN_ID.test(runId) ? [`'${runId}'`] : []));
  if (ids.length === 0) return new Set();
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    pageSize: ids.length,
    query: `RunId IN (${ids.join(',')}) AND ExecutionStatus = 'Running'`,
  });
  return new Set((executions ?? []).map(({ execution }) => execution?.runId ?? ''));
}
