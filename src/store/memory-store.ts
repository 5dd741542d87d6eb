import type { Span } from '../span/span.js';
import type { ArtefactType, ArtefactUpload } from './artefact-store.js';
import { comparedText } from './column-text.js';
import { toDistinctRows } from './distinct-rows.js';
import { SpanStoreError } from './errors.js';
import { matchesSpan, matchesTrace } from './matches.js';
import { MemoryArtefacts } from './memory-artefacts.js';
import { checkLimit, pageOf, type PageQuery, type PageStart, readPage } from './page.js';
import { prevails } from './prevails.js';
import { type SpanRow, spanOfBody } from './span-row.js';
import type { Page, Paged, SpanChange, SpanFilter, StoreScope, TraceFilter, TraceSummary } from './span-store.js';
import { summaryOf, type TraceRow, traceOf } from './trace-row.js';
import type { TraceStore } from './trace-store.js';

export interface MemoryStoreOptions {
  /** Microseconds since the epoch; default: this machine's clock. */
  readonly nowMicros?: () => number;
}

interface KeptTrace {
  readonly spans: Map<string, { row: SpanRow; sequence: number }>;
  trace: TraceRow;
  changedAtMicros: number;
}

interface Account {
  readonly traces: Map<string, KeptTrace>;
  lastSequence: number;
}

/** Spans and artefacts in this process, for tests and demonstrations: gone when it ends, and read by going through all of them. */
export class MemoryStore implements TraceStore {
  readonly name = 'memory';
  readonly #nowMicros: () => number;
  readonly #accounts = new Map<string, Account>();
  readonly #artefacts = new MemoryArtefacts();
  #isClosed = false;

  constructor(options: MemoryStoreOptions = {}) {
    this.#nowMicros = options.nowMicros ?? (() => Date.now() * 1_000);
  }

  async upsert(spans: readonly Span[], scope: StoreScope): Promise<readonly ('written' | 'kept')[]> {
    const account = this.#account(scope);
    // First all that can throw.
    const { rows, rowOf } = await toDistinctRows(spans);
    const isWritten = rows.map((row) => this.#write(row, account));
    const touched = new Set(rows.filter((_, index) => isWritten[index] === true).map((row) => row.traceId));
    for (const traceId of touched) {
      const kept = account.traces.get(traceId) as KeptTrace;
      kept.trace = traceOf(Array.from(kept.spans.values(), ({ row }) => row)) as TraceRow;
      kept.changedAtMicros = this.#nowMicros();
    }
    return rowOf.map((index) => (index !== undefined && isWritten[index] === true ? 'written' : 'kept'));
  }

  async trace(traceId: string, scope: StoreScope): Promise<readonly Span[]> {
    const rows = Array.from(this.#account(scope).traces.get(traceId)?.spans.values() ?? [], ({ row }) => row);
    return rows.sort((a, b) => compareStarts(startOf(a), startOf(b))).map((row) => spanOfBody(row.body));
  }

  async listTraces(filter: TraceFilter, page: Page, scope: StoreScope): Promise<Paged<TraceSummary>> {
    const account = this.#account(scope);
    const query = readPage(page, 'traces', this.name);
    const found = [...account.traces].filter(
      ([, kept]) => matchesTrace(kept.trace, filter) && isOfWorkflow(kept, filter.workflowId),
    );
    const starts = found.map(([traceId, kept]) => ({ startTime: kept.trace.startTime, traceId, spanId: '', kept }));
    const paged = pageOf(inOrder(starts, query), query, 'traces', (start) => start);
    return { ...paged, items: paged.items.map(({ traceId, kept }) => summaryOf(traceId, kept.trace)) };
  }

  async searchSpans(filter: SpanFilter, page: Page, scope: StoreScope): Promise<Paged<Span>> {
    const account = this.#account(scope);
    const query = readPage(page, 'spans', this.name);
    const rows = [...account.traces.values()].flatMap((kept) => Array.from(kept.spans.values(), ({ row }) => row));
    const starts = rows.filter((row) => matchesSpan(row, filter)).map((row) => ({ ...startOf(row), row }));
    const paged = pageOf(inOrder(starts, query), query, 'spans', (start) => start);
    return { ...paged, items: paged.items.map(({ row }) => spanOfBody(row.body)) };
  }

  async changes(
    query: { readonly after: number; readonly limit: number; readonly traceId?: string },
    scope: StoreScope,
  ): Promise<readonly SpanChange[]> {
    const account = this.#account(scope);
    checkLimit(query.limit, this.name);
    const traces = query.traceId === undefined ? [...account.traces.values()] : [account.traces.get(query.traceId)];
    const later = traces.flatMap((kept) => [...(kept?.spans.values() ?? [])]).filter(({ sequence }) => sequence > query.after);
    const oldest = later.sort((a, b) => a.sequence - b.sequence).slice(0, query.limit);
    return oldest.map(({ row, sequence }) => ({ sequence, span: spanOfBody(row.body) }));
  }

  async lastSequence(scope: StoreScope): Promise<number> {
    return this.#account(scope).lastSequence;
  }

  async prune(query: {
    readonly endedBefore: number;
    readonly includeOpen?: boolean;
  }): Promise<{ traces: number; spans: number }> {
    this.#assertOpen();
    const pruned = { traces: 0, spans: 0 };
    for (const account of this.#accounts.values()) {
      for (const [traceId, kept] of account.traces) {
        const isOpen = kept.trace.openCount > 0;
        const endedAt = isOpen ? kept.changedAtMicros : (kept.trace.lastEndTime as number);
        if ((isOpen && query.includeOpen !== true) || endedAt >= query.endedBefore) continue;
        account.traces.delete(traceId);
        pruned.traces += 1;
        pruned.spans += kept.spans.size;
      }
    }
    return pruned;
  }

  async putArtefact(upload: ArtefactUpload, scope: StoreScope): Promise<void> {
    this.#assertOpen();
    this.#artefacts.put(upload, scope.accountId, this.#nowMicros());
  }

  async *artefactRows(workflowId: string, type: ArtefactType, scope: StoreScope): AsyncGenerator<string> {
    this.#assertOpen();
    yield* this.#artefacts.rows(workflowId, type, scope.accountId);
  }

  async hasWorkflow(workflowId: string, scope: StoreScope): Promise<boolean> {
    this.#assertOpen();
    return this.#artefacts.hasWorkflow(workflowId, scope.accountId);
  }

  async workflowOfTask(taskId: string, scope: StoreScope): Promise<string | undefined> {
    this.#assertOpen();
    return this.#artefacts.workflowOfTask(taskId, scope.accountId);
  }

  async pruneArtefacts(query: { readonly uploadedBefore: number }): Promise<{ tasks: number; rows: number }> {
    this.#assertOpen();
    return this.#artefacts.prune(query.uploadedBefore);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #write(row: SpanRow, account: Account): boolean {
    let kept = account.traces.get(row.traceId);
    if (kept === undefined) {
      kept = { spans: new Map(), trace: traceOf([row]) as TraceRow, changedAtMicros: 0 };
      account.traces.set(row.traceId, kept);
    }
    const known = kept.spans.get(row.spanId);
    if (known !== undefined && !prevails(row, known.row)) return false;
    account.lastSequence += 1;
    kept.spans.set(row.spanId, { row, sequence: account.lastSequence });
    return true;
  }

  #account(scope: StoreScope): Account {
    this.#assertOpen();
    let account = this.#accounts.get(scope.accountId);
    if (account === undefined) {
      account = { traces: new Map(), lastSequence: 0 };
      this.#accounts.set(scope.accountId, account);
    }
    return account;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new SpanStoreError('CLOSED', this.name, 'the store has been closed');
  }
}

function startOf(row: SpanRow): PageStart {
  return { startTime: row.startTime, traceId: row.traceId, spanId: row.spanId };
}

function isOfWorkflow(kept: KeptTrace, workflowId: string | undefined): boolean {
  if (workflowId === undefined) return true;
  const wanted = comparedText(workflowId);
  return Array.from(kept.spans.values()).some(({ row }) => row.workflowId === wanted);
}

function compareStarts(a: PageStart, b: PageStart): number {
  if (a.startTime !== b.startTime) return a.startTime - b.startTime;
  return compareIds(a.traceId + a.spanId, b.traceId + b.spanId);
}

function compareIds(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

/** What lies behind the place where the page begins. */
function inOrder<T extends PageStart>(starts: readonly T[], { isNewestFirst, after }: PageQuery): readonly T[] {
  const direction = isNewestFirst ? -1 : 1;
  const behind = after === undefined ? [...starts] : starts.filter((start) => compareStarts(start, after) * direction > 0);
  return behind.sort((a, b) => compareStarts(a, b) * direction);
}
