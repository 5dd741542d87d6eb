import { OperationError } from '../operation/operation-error.js';

/** Shards of an index: on a Cluster they are spread over its masters. */
const INDEX_SHARDS = 16;

export interface RedisKeysOptions {
  /** What every key begins with; default `sg`. */
  readonly prefix?: string | undefined;
  /** Whether ids stand in braces, so that an operation and its checkpoint share a slot of a Cluster; default true. The first system's keys have none. */
  readonly hashTag?: boolean | undefined;
}

/** The names of keys. */
export class RedisKeys {
  readonly prefix: string;
  readonly hasHashTag: boolean;

  /** @throws OperationError `INVALID_OPTION` for a prefix that a pattern or a hash tag would read otherwise. */
  constructor({ prefix = 'sg', hashTag = true }: RedisKeysOptions) {
    if (!/^[A-Za-z0-9_.:-]{1,64}$/.test(prefix)) {
      throw new OperationError('INVALID_OPTION', `prefix ${JSON.stringify(prefix)} is not 1 to 64 letters, digits and _ . : -`);
    }
    this.prefix = prefix;
    this.hasHashTag = hashTag;
  }

  operation(operationId: string): string {
    return `${this.prefix}:trace:${this.#tag(operationId)}`;
  }

  checkpoint(operationId: string): string {
    return `${this.prefix}:checkpoint:${this.#tag(operationId)}`;
  }

  /** Both keys of an operation, in the order in which the scripts take them. */
  both(operationId: string): readonly [string, string] {
    return [this.operation(operationId), this.checkpoint(operationId)];
  }

  /** The shards of the active index. */
  get activeShards(): readonly string[] {
    return Array.from({ length: INDEX_SHARDS }, (_, index) => `${this.prefix}:traces:active:${index}`);
  }

  /** The shards of the index of runs that have open spans. */
  get runShards(): readonly string[] {
    return Array.from({ length: INDEX_SHARDS }, (_, index) => `${this.prefix}:spans:runs:${index}`);
  }

  /** The open spans of a run, and those of its spans that have ended, in one slot. `run` holds no brace. */
  spansOf(run: string): readonly [string, string] {
    return [`${this.prefix}:spans:open:{${run}}`, `${this.prefix}:spans:ended:{${run}}`];
  }

  /** Matches the key of every operation, for SCAN. */
  get pattern(): string {
    return this.hasHashTag ? `${this.prefix}:trace:{*}` : `${this.prefix}:trace:*`;
  }

  /** The id in an operation's key; `undefined` where the key is something else's. */
  idOf(key: string): string | undefined {
    const start = `${this.prefix}:trace:`;
    if (!key.startsWith(start)) return undefined;
    const tagged = key.slice(start.length);
    if (!this.hasHashTag) return tagged;
    return tagged.startsWith('{') && tagged.endsWith('}') ? tagged.slice(1, -1) : undefined;
  }

  #tag(operationId: string): string {
    return this.hasHashTag ? `{${operationId}}` : operationId;
  }
}
