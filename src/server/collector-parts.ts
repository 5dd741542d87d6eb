import type { TraceStore } from '../store/trace-store.js';
import type { BodyBudget } from './body-budget.js';
import type { ChangeBell } from './change-bell.js';
import type { CollectorLimits } from './limits.js';
import type { CollectorMetrics } from './metrics.js';

/** What the routes of one collector share. */
export interface CollectorParts {
  readonly store: TraceStore;
  readonly limits: CollectorLimits;
  readonly metrics: CollectorMetrics;
  readonly bell: ChangeBell;
  readonly budget: BodyBudget;
  /** Aborts when the collector begins to stop: long answers end then. */
  readonly stopping: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
