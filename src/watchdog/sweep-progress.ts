import { isObject } from '../span/validate-span.js';
import type { SweepCounts } from '../wire/watchdog.js';

/** The steps of a sweep, in order. Operations first: their number does not grow with what lives. */
export type SweepPhase = 'operations' | 'closed' | 'open' | 'done';

const PHASES: readonly SweepPhase[] = ['operations', 'closed', 'open', 'done'];

/** How far a sweep has come: what it heartbeats, and resumes from. */
export interface SweepProgress {
  readonly v: 1;
  /** When it began, milliseconds since the epoch, by this process's clock. */
  readonly beganAtMs: number;
  readonly phase: SweepPhase;
  /** The page of that phase that comes next; absent: its first. */
  readonly cursor?: string;
  readonly counts: SweepCounts;
}

const NO_COUNTS: SweepCounts = {
  runsListed: 0,
  runsDescribed: 0,
  runsAlive: 0,
  runsWaiting: 0,
  runsUnanswered: 0,
  runsClosed: 0,
  spansClosed: 0,
  spansUndelivered: 0,
  operationsRenewed: 0,
  operationsOrphaned: 0,
  operationsMoved: 0,
  operationsWaiting: 0,
  operationsUnanswered: 0,
};

/** A sweep's progress before its first page. */
export function noProgress(beganAtMs: number): SweepProgress {
  return { v: 1, beganAtMs, phase: 'operations', counts: NO_COUNTS };
}

/** The progress in `details` of an earlier attempt's heartbeat, perhaps of another version; `undefined` where there is none to go on from. */
export function progressFrom(details: unknown): SweepProgress | undefined {
  if (!isObject(details) || details['v'] !== 1) return undefined;
  const { beganAtMs, phase, cursor, counts } = details;
  if (typeof beganAtMs !== 'number' || !PHASES.includes(phase as SweepPhase) || !isObject(counts)) return undefined;
  return {
    v: 1,
    beganAtMs,
    phase: phase as SweepPhase,
    ...(typeof cursor === 'string' ? { cursor } : {}),
    counts: { ...NO_COUNTS, ...(counts as Partial<SweepCounts>) },
  };
}

/** Counts while a sweep goes on. */
export class SweepTally {
  private readonly counts: { -readonly [Name in keyof SweepCounts]: SweepCounts[Name] };

  constructor(counts: SweepCounts) {
    this.counts = { ...counts };
  }

  add(name: keyof SweepCounts, count = 1): void {
    this.counts[name] += count;
  }

  read(): SweepCounts {
    return { ...this.counts };
  }
}
