import type { Operation } from '../operation/operation.js';
import { OperationError } from '../operation/operation-error.js';
import { isTerminal, type OperationState } from '../operation/operation-state.js';
import { checkPageLimit, failCursor } from '../operation/validate-request.js';
import { type DeadlinePlace, readDeadlineCursor, writeDeadlineCursor } from './deadline-cursor.js';
import type { DeadlineIndex } from './deadline-index.js';
import type { OperationPage } from './operation-store.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { parseScanCursor, scanPage } from './redis-scan.js';

/** Operations read at once. */
const BATCH = 500;

type PageRequest = { readonly limit: number; readonly cursor?: string | undefined };

/** Which operations there are: from the index, each checked against its hash, or from a scan of all keys. */
export class RedisListing {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #index: DeadlineIndex;
  readonly #get: (operationId: string) => Promise<Operation | undefined>;

  constructor(
    connection: RedisConnection,
    keys: RedisKeys,
    index: DeadlineIndex,
    get: (operationId: string) => Promise<Operation | undefined>,
  ) {
    this.#connection = connection;
    this.#keys = keys;
    this.#index = index;
    this.#get = get;
  }

  async overdue({ limit, cursor }: PageRequest): Promise<OperationPage> {
    checkPageLimit(limit);
    return this.#fromIndex('due', limit, cursor, (operation, now) => operation.deadline <= now);
  }

  async list({
    limit,
    cursor,
    states,
  }: PageRequest & { readonly states?: readonly OperationState[] | undefined }): Promise<OperationPage> {
    checkPageLimit(limit);
    if (states?.some(isTerminal) === true) return this.#fromScan(limit, cursor, states);
    return this.#fromIndex('all', limit, cursor, ({ state }) => states === undefined || states.includes(state));
  }

  async rebuildIndex(): Promise<{ readonly added: number; readonly dropped: number }> {
    let added = 0;
    for (let page = await this.#scan(undefined, BATCH); ; page = await this.#scan(page.cursor, BATCH)) {
      const operations = await this.#read(page.operationIds);
      const active = operations.filter((operation) => operation !== undefined && !isTerminal(operation.state)) as Operation[];
      const results = await Promise.all(active.map((operation) => this.#index.put(placeOf(operation))));
      added += results.filter(Boolean).length;
      if (page.cursor === undefined) break;
    }
    let dropped = 0;
    let after: DeadlinePlace | undefined;
    for (;;) {
      const { entries, isLast } = await this.#index.page('all', BATCH, after);
      const operations = await this.#read(entries.map(({ id }) => id));
      dropped += await this.#index.drop(entries.filter((_, position) => isGone(operations[position])));
      after = entries.at(-1);
      if (isLast || after === undefined) return { added, dropped };
    }
  }

  /** Looks further until something is found, so that a page without operations is the last one. */
  async #fromIndex(
    which: 'due' | 'all',
    limit: number,
    cursor: string | undefined,
    isWanted: (operation: Operation, now: number) => boolean,
  ): Promise<OperationPage> {
    let after = readDeadlineCursor(cursor);
    for (;;) {
      const { entries, now, isLast } = await this.#index.page(which, limit, after);
      const found = await this.#read(entries.map(({ id }) => id));
      await this.#index.drop(entries.filter((_, position) => isGone(found[position])));
      // What is not due after all goes behind what is; in a list of all of them it would only be met twice.
      if (which === 'due') await this.#moveLater(entries, found);
      const operations = found.filter(
        (operation): operation is Operation =>
          operation !== undefined && !isTerminal(operation.state) && isWanted(operation, now),
      );
      after = entries.at(-1);
      if (isLast || after === undefined) return { operations };
      if (operations.length > 0) return { operations, cursor: writeDeadlineCursor(after) };
    }
  }

  async #moveLater(entries: readonly DeadlinePlace[], found: readonly (Operation | undefined)[]): Promise<void> {
    const moved = entries.flatMap(({ deadline }, position) => {
      const operation = found[position];
      return operation !== undefined && !isGone(operation) && operation.deadline > deadline ? [operation] : [];
    });
    await Promise.all(moved.map((operation) => this.#index.put(placeOf(operation))));
  }

  async #fromScan(limit: number, cursor: string | undefined, states: readonly OperationState[]): Promise<OperationPage> {
    let next = cursor;
    for (;;) {
      const page = await this.#scan(next, limit);
      const found = await this.#read(page.operationIds);
      const operations = found.filter(
        (operation): operation is Operation => operation !== undefined && states.includes(operation.state),
      );
      if (page.cursor === undefined) return { operations };
      if (operations.length > 0) return { operations, cursor: page.cursor };
      next = page.cursor;
    }
  }

  async #scan(cursor: string | undefined, limit: number): Promise<{ operationIds: string[]; cursor?: string }> {
    const place = parseScanCursor(cursor);
    if (place === undefined) failCursor(cursor ?? '');
    return scanPage(this.#connection, this.#keys, place, limit);
  }

  /** What is no operation is none: a listing does not fail for one foreign key. */
  #read(operationIds: readonly string[]): Promise<(Operation | undefined)[]> {
    return Promise.all(
      operationIds.map((operationId) =>
        this.#get(operationId).catch((error: unknown) => {
          if (error instanceof OperationError && (error.code === 'OPERATION_CORRUPT' || error.code === 'INVALID_OPERATION_ID'))
            return undefined;
          throw error;
        }),
      ),
    );
  }
}

function isGone(operation: Operation | undefined): boolean {
  return operation === undefined || isTerminal(operation.state);
}

/** Where an operation belongs in the index. */
export function placeOf({ operationId, deadline }: Operation): DeadlinePlace {
  return { id: operationId, deadline };
}
