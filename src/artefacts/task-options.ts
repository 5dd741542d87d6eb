import { isArtefactId } from './folder-name.js';

/** A task whose work another task's body does as well. */
export interface MergedChild {
  readonly dataId: string;
  /** Default: the parent's owner. */
  readonly ownerId?: string;
}

/** What `task` takes besides an id and the body. */
export interface TaskOptions {
  /** Tasks that this body runs for too: merged execution. */
  readonly mergedChildren?: readonly (string | MergedChild)[];
  /** `user_id` of the root span and of every asset. Default: the owner of the trace, then the recorder's. */
  readonly ownerId?: string;
  /** The workflow that the task belongs to. Default, in an activity: its workflow. */
  readonly workflowId?: string;
  /** `executor.name` of the root span. Default, in an activity: its type. */
  readonly executorName?: string;
  /** Further attributes of the root span. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** What `phase` takes besides a name and the body. */
export interface PhaseOptions {
  /** What the time was spent on. */
  readonly type: 'compute' | 'network';
  /** Default: the task's data id, for everything in a merged execution and for compute phases elsewhere. */
  readonly batchId?: string;
  /** In a merged execution, whose phase this is. Default: that of the phase around it, then the task's. */
  readonly dataId?: string;
  /** `payload_bytes`. */
  readonly payloadBytes?: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** What `marker` takes besides a name. */
export interface MarkerOptions {
  /** As of a phase. */
  readonly dataId?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** One version of an asset that the task made. */
export interface Asset {
  readonly guid: string;
  /** Default 1. */
  readonly version?: number;
  /** As of a phase. */
  readonly dataId?: string;
  /** Default: the owner of the task, or of the merged child. */
  readonly ownerId?: string;
}

/** What `lineageFrom` takes besides the sources. */
export interface LineageOptions {
  /** As of a phase. */
  readonly dataId?: string;
}

/** The options of a task, read once: what the caller handed in may change, or throw when it is looked at. */
export interface ResolvedTask {
  readonly dataId: string;
  readonly workflowId: string | undefined;
  readonly ownerId: string | undefined;
  readonly executorName: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Owners by data id. */
  readonly children: ReadonlyMap<string, string | undefined>;
  /** Children that are named twice, or that cannot be. */
  readonly refusedChildren: number;
}

/** What of a task its surroundings say. */
export type TaskDefaults = Pick<ResolvedTask, 'workflowId' | 'ownerId' | 'executorName'>;

/** The task that `dataId` and `options` name; `undefined` where its id cannot be one. Throws what a getter of `options` throws. */
export function resolveTask(dataId: unknown, options: TaskOptions, defaults: TaskDefaults): ResolvedTask | undefined {
  if (!isArtefactId(dataId)) return undefined;
  const ownerId = idOr(options.ownerId, defaults.ownerId);
  const children = new Map<string, string | undefined>();
  let refusedChildren = 0;
  for (const child of options.mergedChildren ?? []) {
    const named = typeof child === 'string' ? { dataId: child } : child;
    if (isArtefactId(named.dataId) && named.dataId !== dataId && !children.has(named.dataId))
      children.set(named.dataId, idOr(named.ownerId, ownerId));
    else refusedChildren += 1;
  }
  return {
    dataId,
    workflowId: idOr(options.workflowId, defaults.workflowId),
    ownerId,
    executorName: idOr(options.executorName, defaults.executorName),
    attributes: options.attributes ?? {},
    children,
    refusedChildren,
  };
}

function idOr(given: unknown, fallback: string | undefined): string | undefined {
  return isArtefactId(given) ? given : fallback;
}
