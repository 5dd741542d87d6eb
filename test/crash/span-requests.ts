import type { SgpLoggedRequest, SgpServer } from '../helpers/sgp-server.mjs';
import { metadataOf, nameOf } from './compare-rows.js';

type SgpItem = Readonly<Record<string, unknown>>;

/** A request that writes spans of one workflow run: a flush. */
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
  const { items } = JSON.parse(request.body) as { items: readonly SgpItem[] };
  const [first] = items;
  if (first === undefined || items.some((item) => /^(?:attempt|start workflow) /.test(nameOf(item)))) return undefined;
  if (metadataOf(first, 'temporal.workflow.type') === '') return undefined;
  return {
    request,
    items,
    pid: Number(metadataOf(first, '__agent_id__')),
    workflowId: metadataOf(first, 'temporal.workflow.id'),
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
