import type { SgpRow } from '../helpers/sgp-server.mjs';
import type { Window } from './history.js';
import type { ExpectedSpan, RunExpectation } from './oracle.js';

/** The agent that the client's own spans carry. */
export const CLIENT_AGENT = 'client';

// The workflow's clock counts whole milliseconds, and history is rounded down to them.
const ROUNDING_MS = 1;

/** What the rows lack, or have too much, against what histories say. */
export interface Comparison {
  /** One line for each row or span that is not as it must be. */
  readonly differences: readonly string[];
  /** Of runs that may: the spans that have no row, or an open one, with their rows' ids where there are such. */
  readonly lost: readonly { readonly span: ExpectedSpan; readonly rowId: string | undefined }[];
  /** Closed rows of the workflows' spans. */
  readonly closedCount: number;
  /** Rows of attempts. */
  readonly attemptCount: number;
}

export interface ComparisonRules {
  /** Whether the run's last batch may have died with its process. */
  readonly mayLack: (run: RunExpectation) => boolean;
  /** Whether every attempt that history tells of must be there: no process died. */
  readonly hasAllAttempts: boolean;
}

/** Compares all rows of a server with what must be there: each span once, closed, below its parent, with its status and times. */
export function compareRows(rows: readonly SgpRow[], runs: readonly RunExpectation[], rules: ComparisonRules): Comparison {
  return new RowComparison(rows, rules).compare(runs);
}

class RowComparison {
  private readonly differences: string[] = [];
  private readonly lost: { span: ExpectedSpan; rowId: string | undefined }[] = [];
  private readonly rowOf = new Map<ExpectedSpan, SgpRow>();
  private readonly byId = new Map<string, SgpRow>();
  private readonly byRun = new Map<string, SgpRow[]>();
  private readonly attempts = new Map<string, SgpRow[]>();
  private readonly lackingRuns = new Set<string>();

  constructor(
    rows: readonly SgpRow[],
    private readonly rules: ComparisonRules,
  ) {
    for (const row of rows) {
      const id = `${textOf(row['trace_id'])}/${textOf(row['id'])}`;
      if (this.byId.has(id)) this.differences.push(`${describeRow(row)}: a second row of the id ${id}`);
      this.byId.set(id, row);
    }
    for (const row of rows) {
      if (isOfClient(row)) this.checkClosed(row);
      else if (nameOf(row).startsWith('attempt ')) push(this.attempts, parentIdOf(row) ?? '', row);
      else push(this.byRun, metadataOf(row, 'temporal.run.id'), row);
    }
  }

  compare(runs: readonly RunExpectation[]): Comparison {
    for (const run of runs) this.compareRun(run);
    for (const [runId, rows] of this.byRun) {
      for (const row of rows) this.differences.push(`${describeRow(row)} of run ${runId} is in no history`);
    }
    for (const [parentId, rows] of this.attempts) {
      const orphans = rows.filter((row) => !this.lackingRuns.has(metadataOf(row, 'temporal.run.id')));
      for (const row of orphans) this.differences.push(`${describeRow(row)}: its parent ${parentId} has no row`);
    }
    const closedCount = [...this.rowOf.values()].filter(isClosed).length;
    const attemptCount = [...this.byId.values()].filter((row) => nameOf(row).startsWith('attempt ')).length;
    return { differences: this.differences, lost: this.lost, closedCount, attemptCount };
  }

  private compareRun(run: RunExpectation): void {
    const rows = [...(this.byRun.get(run.history.runId) ?? [])].sort(byTimes);
    this.byRun.delete(run.history.runId);
    const mayLack = this.rules.mayLack(run);
    if (mayLack) this.lackingRuns.add(run.history.runId);
    for (const group of groupsOf(run.spans)) {
      const [first] = group;
      if (first === undefined) continue;
      const candidates = rows.filter((row) => nameOf(row) === first.name && this.isBelow(row, first.parent));
      for (const span of [...group].sort((a, b) => a.start.fromMs - b.start.fromMs || a.end.fromMs - b.end.fromMs)) {
        const fitting = candidates.findIndex((row) => this.fits(row, span) || (mayLack && !isClosed(row)));
        // A row that is there and does not fit is told with what is wrong with it.
        const [row] = candidates.splice(Math.max(0, fitting), 1);
        if (row !== undefined) rows.splice(rows.indexOf(row), 1);
        this.judge(row, span, mayLack);
      }
    }
    for (const row of rows)
      this.differences.push(`${describeRow(row)} of ${describeRun(run)}: not in its history, or below the wrong span`);
  }

  private judge(row: SgpRow | undefined, span: ExpectedSpan, mayLack: boolean): void {
    if (row !== undefined) this.rowOf.set(span, row);
    if (row === undefined || !isClosed(row)) {
      if (mayLack) this.lost.push({ span, rowId: row === undefined ? undefined : textOf(row['id']) });
      else this.differences.push(`${describeSpan(span)}: ${row === undefined ? 'no row' : 'its row is open'}`);
      return;
    }
    if (!this.fits(row, span)) this.differences.push(`${describeSpan(span)}: its row is ${describeRow(row)}`);
    this.checkWithinParent(row, span);
    if (span.attempts !== undefined) this.checkAttempts(row, span, span.attempts);
  }

  private fits(row: SgpRow, span: ExpectedSpan): boolean {
    return (
      statusOf(row) === span.status &&
      isWithin(msOf(row['start_timestamp']), span.start) &&
      isClosed(row) &&
      isWithin(msOf(row['end_timestamp']), span.end)
    );
  }

  private isBelow(row: SgpRow, parent: ExpectedSpan | 'client'): boolean {
    const parentRow = this.byId.get(`${textOf(row['trace_id'])}/${parentIdOf(row) ?? ''}`);
    if (parent === 'client')
      return parentRow !== undefined && isOfClient(parentRow) && nameOf(parentRow).startsWith('start workflow ');
    const expected = this.rowOf.get(parent);
    // The parent may be lost, and its child not.
    return expected === undefined ? parentRow === undefined : parentRow === expected;
  }

  private checkWithinParent(row: SgpRow, span: ExpectedSpan): void {
    // A child run, or the handler of a signal, may outlast the call in another run that it hangs below.
    if (span.parent === 'client' || span.parent.runId !== span.runId) return;
    const parent = this.rowOf.get(span.parent);
    if (parent === undefined || !isClosed(parent)) return;
    const isInside =
      msOf(row['start_timestamp']) >= msOf(parent['start_timestamp']) &&
      msOf(row['end_timestamp']) <= msOf(parent['end_timestamp']);
    if (!isInside) this.differences.push(`${describeRow(row)} is not within ${describeRow(parent)}`);
  }

  private checkAttempts(row: SgpRow, span: ExpectedSpan, count: number): void {
    const id = textOf(row['id']);
    const attempts = this.attempts.get(id) ?? [];
    this.attempts.delete(id);
    const numbers = attempts.map((attempt) => metadataOf(attempt, 'temporal.activity.attempt'));
    const isRight = this.rules.hasAllAttempts ? attempts.length === count : attempts.length <= count;
    if (!isRight || new Set(numbers).size !== numbers.length) {
      this.differences.push(`${describeSpan(span)}: attempts ${numbers.join(', ')} where history has ${count}`);
    }
    for (const attempt of attempts) this.checkClosed(attempt);
  }

  private checkClosed(row: SgpRow): void {
    if (!isClosed(row)) this.differences.push(`${describeRow(row)}: open`);
  }
}

// Spans of one name below one parent: which of them a row is, only its times can tell.
function groupsOf(spans: readonly ExpectedSpan[]): readonly ExpectedSpan[][] {
  const groups: ExpectedSpan[][] = [];
  for (const span of spans) {
    const group = groups.find(([first]) => first?.name === span.name && first.parent === span.parent);
    if (group === undefined) groups.push([span]);
    else group.push(span);
  }
  return groups;
}

function statusOf(row: SgpRow): string {
  const exact = metadataOf(row, 'everspan.status');
  return exact === '' && row['status'] === 'SUCCESS' ? 'OK' : exact;
}

/** Whether a row has an end. */
export function isClosed(row: SgpRow): boolean {
  return row['end_timestamp'] !== undefined;
}

function isOfClient(row: SgpRow): boolean {
  return metadataOf(row, '__agent_id__') === CLIENT_AGENT;
}

function isWithin(timeMs: number, { fromMs, toMs }: Window): boolean {
  return timeMs >= fromMs - ROUNDING_MS && timeMs <= toMs + ROUNDING_MS;
}

/** A text of a row's metadata; empty where it is absent. */
export function metadataOf(row: SgpRow, name: string): string {
  return textOf((row['metadata'] as Record<string, unknown> | undefined)?.[name]);
}

/** The name of a row. */
export function nameOf(row: SgpRow): string {
  return textOf(row['name']);
}

function parentIdOf(row: SgpRow): string | undefined {
  return row['parent_id'] === undefined ? undefined : textOf(row['parent_id']);
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function msOf(timestamp: unknown): number {
  return Date.parse(textOf(timestamp));
}

function byTimes(a: SgpRow, b: SgpRow): number {
  return msOf(a['start_timestamp']) - msOf(b['start_timestamp']) || msOf(a['end_timestamp']) - msOf(b['end_timestamp']);
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function describeRow(row: SgpRow): string {
  return `"${nameOf(row)}" ${statusOf(row)} ${textOf(row['start_timestamp'])} to ${textOf(row['end_timestamp']) || 'open'}`;
}

function describeSpan({ name, runId, status, start, end }: ExpectedSpan): string {
  return `"${name}" of run ${runId}, by history ${status} ${iso(start)} to ${iso(end)}`;
}

function describeRun({ history }: RunExpectation): string {
  return `${history.workflowType} ${history.workflowId}, run ${history.runId}`;
}

function iso({ fromMs, toMs }: Window): string {
  return `${new Date(fromMs).toISOString()}…${new Date(toMs).toISOString().slice(14)}`;
}
