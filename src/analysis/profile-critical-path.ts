import type { CriticalPathSummary } from '../wire/profile-summary.js';
import { hardwareSummary, mergeTotals, networkSummary, seconds, totalNetworkSeconds } from './event-totals.js';
import type { LineageGraph } from './lineage-graph.js';
import type { TaskRecord } from './task-record.js';

/**
 * The chain of tasks that the workflow's end waited for, by lineage; `null` where there is no task.
 *
 * It goes from the task that finished last (the first to be named, on a tie) back to that of its sources that finished last (the first
 * row of lineage, on a tie), until one has no known source. A source that is on the chain already is passed over: there the lineage has
 * a ring, which is cut.
 *
 * @param tasks - In order of their first rows.
 */
export function criticalChain(
  tasks: ReadonlyMap<string, TaskRecord>,
  graph: LineageGraph,
  microsOf: (dataId: string) => { readonly active: number; readonly waited: number },
): CriticalPathSummary | null {
  let last = lastFinished(tasks.values());
  if (last === undefined) return null;
  const onPath = new Set<TaskRecord>();
  while (last !== undefined) {
    onPath.add(last);
    const sources: (TaskRecord | undefined)[] = graph.sourcesOf(last.dataId).map((id) => tasks.get(id));
    last = lastFinished(sources.filter((source) => source !== undefined && !onPath.has(source)) as TaskRecord[]);
  }
  const backwards = [...onPath];
  const path = backwards.toReversed().map(({ dataId }) => dataId);
  const micros = path.map(microsOf);

  // Work that was done for several tasks at once is under the one whose batch it was.
  const members = new Set(backwards);
  for (const task of backwards) {
    for (const id of task.batchOwners) {
      const owner = tasks.get(id);
      if (owner !== undefined) members.add(owner);
    }
  }
  const compute = mergeTotals([...members].map((task) => task.compute));
  const network = mergeTotals([...members].map((task) => task.network));
  return {
    path,
    critical_path_seconds: seconds(micros.reduce((sum, { active, waited }) => sum + active + waited, 0)),
    active_wait_breakdown: {
      data_id: path,
      active_seconds: micros.map(({ active }) => seconds(active)),
      wait_seconds: micros.map(({ waited }) => seconds(waited)),
    },
    hardware_summary: hardwareSummary(compute),
    network_summary: networkSummary(network),
    total_network_seconds: totalNetworkSeconds(network),
  };
}

function lastFinished(tasks: Iterable<TaskRecord>): TaskRecord | undefined {
  let last: TaskRecord | undefined;
  for (const task of tasks) if (last === undefined || task.finishedAt > last.finishedAt) last = task;
  return last;
}
