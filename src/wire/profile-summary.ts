/**
 * What became of a workflow's tasks, as the analyzer answers it: parallel lists where a table is meant, seconds as numbers, times as ISO
 * 8601 in UTC. The keys, and their order, are those of the format that other programs read.
 */
export interface ProfileSummary {
  readonly workflow_id: string | null;
  /** Rows of spans that were understood, those without a `data_id` too. */
  readonly event_count: number;
  /** Sorted by code unit. */
  readonly data_ids: readonly string[];
  /** One per guid, in order of the first row of each. */
  readonly assets: readonly AssetSummary[];
  readonly lineage: readonly LineageEdge[];
  readonly e2e_breakdown: EndToEndBreakdown;
  /** In the order of `data_ids`. */
  readonly per_data_id: readonly TaskTiming[];
  /** `null` where no span names a `data_id`. */
  readonly critical_path: CriticalPathSummary | null;
}

export interface AssetSummary {
  readonly asset_guid: string;
  readonly latest_data_id: string;
  readonly latest_version: number;
  readonly user_id: string;
  /** Number of rows. */
  readonly versions: number;
  readonly created_at: string | null;
}

export interface LineageEdge {
  readonly data_id: string;
  readonly source_data_id: string;
  readonly created_at: string | null;
}

/** One line per name, as parallel lists, in order of first appearance. */
export interface EventSummary {
  readonly event_type: readonly string[];
  readonly count: readonly number[];
  readonly total_seconds: readonly number[];
  readonly avg_seconds: readonly number[];
  readonly min_seconds: readonly number[];
  readonly max_seconds: readonly number[];
}

export interface EndToEndBreakdown {
  readonly hardware_summary: EventSummary;
  readonly network_summary: EventSummary;
  readonly workflow_duration_seconds: number;
  readonly total_network_seconds: number;
}

export interface TaskTiming {
  readonly data_id: string;
  readonly start_time: string;
  readonly end_time: string;
  readonly duration_seconds: number;
  readonly queuing_delay_seconds: number;
  readonly parent_data_ids: readonly string[];
  readonly blocking_parent_data_id: string | null;
}

export interface CriticalPathSummary {
  /** First to last. */
  readonly path: readonly string[];
  readonly critical_path_seconds: number;
  readonly active_wait_breakdown: {
    readonly data_id: readonly string[];
    readonly active_seconds: readonly number[];
    readonly wait_seconds: readonly number[];
  };
  readonly hardware_summary: EventSummary;
  readonly network_summary: EventSummary;
  readonly total_network_seconds: number;
}
