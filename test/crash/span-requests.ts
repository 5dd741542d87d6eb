import type { SgpLoggedRequest, SgpServer } from '../helpers/sgp-server.mjs';
import { CLIENT_AGENT, metadataOf, nameOf } from './compare-rows.js';

type SgpItem = Readonly<Record<string, unknown>>;

/** What a request writes of one workflow run: its flush. */
export interface Flush {
  readonly request: SgpLoggedRequest;
  readonly items: readonly SgpItem[];
  /** The process that sent it. */
  readonly pid: number;
  readonly workflowId: string;
  readonly workflowType: string;
  /** Whether it closes the run: it carries the run's own span, ended. */
  readonly isLast: boolean;
}

/** The flush that a request is; `undefined` for what a process reports of its own, and what writes no spans. */
export function flushOf(request: SgpLoggedRequest): Flush | undefined {
  if (request.path !== '/v5/spans/batch') return undefined;
  const written = (JSON.parse(request.body) as { items: readonly SgpItem[] }).items;
  const isOfRun = (item: SgpItem): boolean =>
    metadataOf(item, '__agent_id__') !== CLIENT_AGENT && !nameOf(item).startsWith('attempt ');
  // What a process sends in the background may hold the last batches of several runs, and attempts: the first stands for all.
  const first = written.find(isOfRun);
  if (first === undefined) return undefined;
  const workflowId = metadataOf(first, 'temporal.workflow.id');
  const items = written.filter((item) => isOfRun(item) && metadataOf(item, 'temporal.workflow.id') === workflowId);
  return {
    request,
    items,
    pid: Number(metadataOf(first, '__agent_id__')),
    workflowId,
    workflowType: metadataOf(first, 'temporal.workflow.type'),
    isLast: items.some((item) => nameOf(item).startsWith('workflow ') && item['end_timestamp'] !== undefined),
  };
}

/** The first flush from now on that the server has applied and `matches` likes. */
export function nextAppliedFlush(sgp: SgpServer, matches: (flush: Flush) => boolean): Promise<Flush> {
  return new Promise((resolve) => {
    const stop = sgp.watch((request) => {
      if (request.state !== 'answered' || request.status !== 200) return;
      const flush = flushOf(request);
      if (flush === undefined || !matches(flush)) return;
      stop();
      resolve(flush);
    });
  });
}

/**
 * The first flush from now on that `matches` likes, held by the server without an answer.
 *
 * @param options.isApplied - Whether its rows are written all the same.
 * @param options.onHeld - Called at once, before anything else happens to it.
 */
export function holdNextFlush(
  sgp: SgpServer,
  matches: (flush: Flush) => boolean,
  { isApplied, onHeld }: { readonly isApplied: boolean; readonly onHeld: (flush: Flush) => void },
): void {
  sgp.failNext({
    fault: isApplied ? 'hang-after-applying' : 'hang',
    matches(request) {
      const flush = flushOf(request);
      if (flush === undefined || !matches(flush)) return false;
      onHeld(flush);
      return true;
    },
  });
}
