import { noPhases, type PhaseTotals } from './event-totals.js';
import type { ProfileSpan } from './read-artefact-row.js';

/** The span that stands for a whole task. */
const TASK = 'task';
/** The span that says that a task's data is ready. */
const READY = 'dump to storage';

interface Bounds {
  readonly startTime: number;
  readonly endTime: number;
}

/** All that the profile keeps of one `data_id`: its size is that of its names and its network phases, not of its spans. */
export class TaskRecord {
  readonly compute = new Map<string, PhaseTotals>();
  readonly network = new Map<string, PhaseTotals>();
  /** Other ids whose batch did this task's work. */
  readonly batchOwners = new Set<string>();
  /** End of the latest `dump to storage`; what waits for this task's data waits for it. */
  readyAt: number | undefined;
  /** Bounds of all its `task` spans that are no markers. */
  taskBounds: Bounds | undefined;

  private rootTask: Bounds | undefined;
  private anyTask: Bounds | undefined;
  private all: Bounds | undefined;

  constructor(readonly dataId: string) {}

  /** @param row - Number of the row, which decides where starts are equal. */
  add(span: ProfileSpan, row: number): void {
    const { name, type, startTime, endTime, batchId } = span;
    this.all = around(this.all, span);
    if (batchId !== undefined && batchId !== this.dataId) this.batchOwners.add(batchId);
    if (name === READY) this.readyAt = Math.max(this.readyAt ?? endTime, endTime);
    if (name === TASK) {
      this.anyTask = earlier(this.anyTask, span);
      if (!span.hasParent) this.rootTask = earlier(this.rootTask, span);
      if (type !== 'marker') this.taskBounds = around(this.taskBounds, span);
      return;
    }
    if (type === 'compute') addPhase(this.compute, name, span, row);
    else if (type === 'network') addPhase(this.network, name, span, row).intervals.push(startTime, endTime);
  }

  /** From its `task` span, one without parent first, the earliest of several; else from all its spans. */
  get bounds(): Bounds {
    return this.rootTask ?? this.anyTask ?? this.all ?? { startTime: 0, endTime: 0 };
  }

  /** When the task was done for those that wait: its data was ready, else it ended. */
  get finishedAt(): number {
    return this.readyAt ?? this.bounds.endTime;
  }
}

function addPhase(phases: Map<string, PhaseTotals>, name: string, span: ProfileSpan, row: number): PhaseTotals {
  let totals = phases.get(name);
  if (totals === undefined) phases.set(name, (totals = noPhases()));
  const micros = span.endTime - span.startTime;
  totals.count += 1;
  totals.sum += micros;
  if (span.batchId !== undefined) totals.batchSum += micros;
  if (micros < totals.shortest) totals.shortest = micros;
  if (micros > totals.longest) totals.longest = micros;
  if (span.startTime < totals.firstStart) {
    totals.firstStart = span.startTime;
    totals.firstRow = row;
  }
  return totals;
}

function earlier(known: Bounds | undefined, span: Bounds): Bounds {
  return known === undefined || span.startTime < known.startTime ? { startTime: span.startTime, endTime: span.endTime } : known;
}

function around(known: Bounds | undefined, span: Bounds): Bounds {
  if (known === undefined) return { startTime: span.startTime, endTime: span.endTime };
  if (span.startTime >= known.startTime && span.endTime <= known.endTime) return known;
  return { startTime: Math.min(known.startTime, span.startTime), endTime: Math.max(known.endTime, span.endTime) };
}
