import type { AssetSummary, ProfileSummary, TaskTiming } from '../wire/profile-summary.js';
import { hardwareSummary, mergeTotals, networkSummary, seconds, totalNetworkSeconds } from './event-totals.js';
import { isoFromMicros } from './iso-micros.js';
import { LineageGraph } from './lineage-graph.js';
import { criticalChain } from './profile-critical-path.js';
import { type AssetRow, type LineageRow, readAssetRow, readLineageRow, readSpanRow } from './read-artefact-row.js';
import { TaskRecord } from './task-record.js';

/** A profile and what it does not say by itself. */
export interface Profile {
  readonly summary: ProfileSummary;
  /** Rings of the lineage that were cut, as the ids around each; the first 100. Empty where the lineage is sound. */
  readonly lineageCycles: readonly (readonly string[])[];
  /** Rows that were malformed, by kind. */
  readonly droppedRows: { readonly spans: number; readonly assets: number; readonly lineage: number };
}

const CYCLES_NAMED_MAX = 100;

/**
 * Makes a `ProfileSummary` of rows as they come, in any order of the three kinds.
 *
 * Nothing is kept of a row but its part in the sums: memory grows with the tasks, their names, and 16 bytes per network phase.
 */
export class ProfileAccumulator {
  private readonly tasks = new Map<string, TaskRecord>();
  private readonly assets = new Map<string, { latest: AssetRow; versions: number }>();
  private readonly lineage: LineageRow[] = [];
  private readonly dropped = { spans: 0, assets: 0, lineage: 0 };
  private eventCount = 0;

  /** Takes a row of spans, as `JSON.parse` gives it. @returns False where the row is malformed; it is counted, and changes nothing else. */
  addSpan(row: unknown): boolean {
    const span = readSpanRow(row);
    if (span === undefined) {
      this.dropped.spans += 1;
      return false;
    }
    this.eventCount += 1;
    const { dataId } = span;
    if (dataId === undefined) return true;
    let task = this.tasks.get(dataId);
    if (task === undefined) this.tasks.set(dataId, (task = new TaskRecord(dataId)));
    task.add(span, this.eventCount);
    return true;
  }

  /** Takes a row of assets; as `addSpan`. */
  addAsset(row: unknown): boolean {
    const asset = readAssetRow(row);
    if (asset === undefined) {
      this.dropped.assets += 1;
      return false;
    }
    const known = this.assets.get(asset.guid);
    if (known === undefined) {
      this.assets.set(asset.guid, { latest: asset, versions: 1 });
      return true;
    }
    known.versions += 1;
    // Of equal versions the last row is the one that counts.
    if (asset.version >= known.latest.version) known.latest = asset;
    return true;
  }

  /** Takes a row of lineage; as `addSpan`. */
  addLineage(row: unknown): boolean {
    const edge = readLineageRow(row);
    if (edge === undefined) {
      this.dropped.lineage += 1;
      return false;
    }
    this.lineage.push(edge);
    return true;
  }

  /**
   * The profile of all rows so far.
   *
   * @param workflowId - Whose rows they are; it is only written into the answer.
   */
  profile(workflowId?: string): Profile {
    const graph = new LineageGraph(this.lineage);
    const tasks = [...this.tasks.values()];
    const dataIds = [...this.tasks.keys()].sort();
    const timings = new Map(dataIds.map((id) => [id, this.timing(this.tasks.get(id) as TaskRecord, graph)]));
    return {
      summary: {
        workflow_id: workflowId ?? null,
        event_count: this.eventCount,
        data_ids: dataIds,
        assets: [...this.assets.values()].map(({ latest, versions }) => assetSummary(latest, versions)),
        lineage: this.lineage.map(({ dataId, sourceDataId, createdAt }) => ({
          data_id: dataId,
          source_data_id: sourceDataId,
          created_at: createdAt ?? null,
        })),
        e2e_breakdown: endToEnd(tasks),
        per_data_id: [...timings.values()].map(({ timing }) => timing),
        critical_path: criticalChain(this.tasks, graph, (id) => (timings.get(id) as Timed).micros),
      },
      lineageCycles: graph.cycles(CYCLES_NAMED_MAX),
      droppedRows: { ...this.dropped },
    };
  }

  private timing(task: TaskRecord, graph: LineageGraph): Timed {
    const { startTime, endTime } = task.bounds;
    const parents = graph.sourcesOf(task.dataId);
    let blocking: TaskRecord | undefined;
    for (const parent of parents) {
      const record = this.tasks.get(parent);
      // A parent that never said that its data is ready is not waited for. On a tie the first row of lineage wins.
      if (record?.readyAt === undefined) continue;
      if (blocking?.readyAt === undefined || record.readyAt > blocking.readyAt) blocking = record;
    }
    const waited = blocking?.readyAt === undefined ? 0 : Math.max(0, startTime - blocking.readyAt);
    const micros = { active: endTime - startTime, waited };
    return {
      micros,
      timing: {
        data_id: task.dataId,
        start_time: isoFromMicros(startTime),
        end_time: isoFromMicros(endTime),
        duration_seconds: seconds(micros.active),
        queuing_delay_seconds: seconds(waited),
        parent_data_ids: parents,
        blocking_parent_data_id: blocking?.dataId ?? null,
      },
    };
  }
}

interface Timed {
  readonly timing: TaskTiming;
  readonly micros: { readonly active: number; readonly waited: number };
}

function endToEnd(tasks: readonly TaskRecord[]): ProfileSummary['e2e_breakdown'] {
  const compute = mergeTotals(tasks.map((task) => task.compute));
  const network = mergeTotals(tasks.map((task) => task.network));
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { taskBounds } of tasks) {
    if (taskBounds === undefined) continue;
    first = Math.min(first, taskBounds.startTime);
    last = Math.max(last, taskBounds.endTime);
  }
  return {
    hardware_summary: hardwareSummary(compute),
    network_summary: networkSummary(network),
    workflow_duration_seconds: last < first ? 0 : seconds(last - first),
    total_network_seconds: totalNetworkSeconds(network),
  };
}

function assetSummary(latest: AssetRow, versions: number): AssetSummary {
  return {
    asset_guid: latest.guid,
    latest_data_id: latest.dataId,
    latest_version: latest.version,
    user_id: latest.userId,
    versions,
    created_at: latest.createdAt ?? null,
  };
}
