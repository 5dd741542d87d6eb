import type { Operation, OperationHistory } from '../operation/operation.js';
import { OperationError } from '../operation/operation-error.js';
import { readLogs } from '../operation/operation-log.js';
import {
  createOperation,
  renewOperation,
  type Step,
  type StepContext,
  transitionOperation,
} from '../operation/operation-model.js';
import { DEFAULT_LIFETIMES, type OperationLifetimes, type OperationRecord } from '../operation/operation-record.js';
import { isTerminal, type OperationState } from '../operation/operation-state.js';
import {
  checkCreate,
  checkOperationId,
  checkPageLimit,
  checkRenew,
  checkTransition,
  failCursor,
  isOperationId,
} from '../operation/validate-request.js';
import { compareDeadlines, readDeadlineCursor, writeDeadlineCursor } from './deadline-cursor.js';
import type {
  CreateOperation,
  OperationPage,
  OperationStore,
  RenewOperation,
  StoredCheckpoint,
  TransitionOperation,
  Written,
} from './operation-store.js';

export interface MemoryOperationStoreOptions extends Partial<OperationLifetimes> {
  /** Milliseconds since the epoch; default the process's clock. */
  readonly now?: () => number;
}

/**
 * Keeps operations in this process, for tests and demonstrations: the pure model and a clock.
 *
 * Two workers in two processes do not see each other's operations, and nothing survives the process.
 */
export class MemoryOperationStore implements OperationStore {
  readonly name = 'memory';
  readonly #records = new Map<string, OperationRecord>();
  readonly #now: () => number;
  readonly #lifetimes: OperationLifetimes;
  #isClosed = false;

  constructor({ now = Date.now, ...lifetimes }: MemoryOperationStoreOptions = {}) {
    this.#now = now;
    this.#lifetimes = { ...DEFAULT_LIFETIMES, ...lifetimes };
  }

  async create(request: CreateOperation): Promise<Written> {
    checkCreate(request);
    return this.#write(request.operationId, (known, context) => createOperation(known, structuredClone(request), context));
  }

  async transition(request: TransitionOperation): Promise<Written> {
    checkTransition(request);
    return this.#write(request.operationId, (known, context) => transitionOperation(known, structuredClone(request), context));
  }

  async renew(request: RenewOperation): Promise<Operation> {
    checkRenew(request);
    return this.#write(request.operationId, (known, context) => renewOperation(known, structuredClone(request), context));
  }

  async get(operationId: string): Promise<Operation | undefined> {
    checkOperationId(operationId);
    return structuredClone(this.#find(operationId)?.operation);
  }

  async history(operationId: string): Promise<OperationHistory | undefined> {
    checkOperationId(operationId);
    const record = this.#find(operationId);
    return record === undefined ? undefined : readLogs(record.logs);
  }

  async checkpoint(operationId: string): Promise<StoredCheckpoint | undefined> {
    checkOperationId(operationId);
    return structuredClone(this.#find(operationId)?.checkpoint);
  }

  async overdue({ limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<OperationPage> {
    checkPageLimit(limit);
    const after = readDeadlineCursor(cursor);
    const now = this.#now();
    const due = this.#living()
      .filter(({ state, deadline }) => !isTerminal(state) && deadline <= now)
      .map((operation) => ({ operation, id: operation.operationId, deadline: operation.deadline }))
      .filter((place) => after === undefined || compareDeadlines(place, after) > 0)
      .sort(compareDeadlines);
    const operations = structuredClone(due.slice(0, limit).map(({ operation }) => operation));
    const last = due[limit - 1];
    return { operations, ...(due.length > limit && last !== undefined ? { cursor: writeDeadlineCursor(last) } : {}) };
  }

  async list({
    limit,
    cursor,
    states,
  }: {
    limit: number;
    cursor?: string | undefined;
    states?: readonly OperationState[] | undefined;
  }): Promise<OperationPage> {
    checkPageLimit(limit);
    if (cursor !== undefined && !isOperationId(cursor)) failCursor(cursor);
    const found = this.#living()
      .filter(({ state }) => (states === undefined ? !isTerminal(state) : states.includes(state)))
      .filter(({ operationId }) => cursor === undefined || operationId > cursor)
      .sort((a, b) => (a.operationId < b.operationId ? -1 : 1));
    const operations = structuredClone(found.slice(0, limit));
    const last = operations.at(-1);
    return { operations, ...(found.length > limit && last !== undefined ? { cursor: last.operationId } : {}) };
  }

  /** There is no index here that could be wrong; what has expired is dropped. */
  async rebuildIndex(): Promise<{ readonly added: number; readonly dropped: number }> {
    const before = this.#records.size;
    this.#living();
    return { added: 0, dropped: before - this.#records.size };
  }

  /** When an operation that nobody touches is gone, in milliseconds since the epoch; `undefined` when there is none. */
  expiresAt(operationId: string): number | undefined {
    return this.#find(operationId)?.expiresAt;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #write<Answer>(operationId: string, step: (known: OperationRecord | undefined, context: StepContext) => Step<Answer>): Answer {
    const known = this.#find(operationId);
    const { record, answer } = step(known, { now: this.#now(), lifetimes: this.#lifetimes });
    if (record !== undefined) this.#records.set(operationId, record);
    if (answer instanceof OperationError) throw answer;
    return structuredClone(answer);
  }

  #find(operationId: string): OperationRecord | undefined {
    if (this.#isClosed) {
      throw new OperationError('STORE_UNAVAILABLE', `operation ${operationId}: the store has been closed; open another`, {
        operationId,
      });
    }
    const record = this.#records.get(operationId);
    if (record === undefined || record.expiresAt > this.#now()) return record;
    this.#records.delete(operationId);
    return undefined;
  }

  #living(): Operation[] {
    return [...this.#records.keys()].flatMap((operationId) => this.#find(operationId)?.operation ?? []);
  }
}
