import { OperationError } from '../operation/operation-error.js';
import type { HoldableStream } from './held-writes.js';

/**
 * What is used of an ioredis client: `Redis` (standalone or through Sentinel) and `Cluster`, of version 5 or 6.
 *
 * Described by its shape, so that nobody who does without Redis needs ioredis installed.
 */
export interface RedisClient {
  readonly status: string;
  readonly isCluster?: boolean;
  readonly options: { readonly keyPrefix?: string | undefined };
  call(command: string, ...args: (string | Buffer | number)[]): Promise<unknown>;
  callBuffer(command: string, ...args: (string | Buffer | number)[]): Promise<unknown>;
  connect(): Promise<unknown>;
  on(event: string, listener: (...values: unknown[]) => void): unknown;
  off(event: string, listener: (...values: unknown[]) => void): unknown;
  quit(): Promise<unknown>;
  disconnect(): void;
  /** The connection of a client that has one; writes of one turn of the event loop are held by it, some at a time. */
  readonly stream?: HoldableStream | undefined;
  /** Of a Cluster. */
  nodes?(role: 'master'): readonly RedisClient[];
}

/** Where Redis is: a client of one's own, which is never closed, or a URL, opened at the first call and closed with the store. */
export type RedisAddress =
  | { readonly client: RedisClient }
  | {
      /** `redis://` or `rediss://`, with user, password and database as ioredis reads them. */
      readonly url: string;
      /** Whether the URL is a node of a Redis Cluster. */
      readonly isCluster?: boolean;
    };

/** A client that was opened here reconnects by itself, and sends again what had no answer: every write can be repeated. */
export async function openRedisClient(url: string, isCluster: boolean): Promise<RedisClient> {
  const { Cluster, Redis } = await importIoredis();
  const options = {
    // A call has a deadline of its own; until then a client that has lost its connection goes on trying.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt: number) => Math.min(attempt * 50, 1_000),
    // What was the master may come back as a replica.
    reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? (1 as const) : false),
  };
  const client = isCluster
    ? new Cluster([url], { redisOptions: url.startsWith('rediss:') ? { ...options, tls: {} } : options })
    : new Redis(url, options);
  // Every call tells of its own failure; without a listener ioredis would write each lost connection to the console.
  client.on('error', () => {});
  return client;
}

async function importIoredis() {
  try {
    return await import('ioredis');
  } catch (cause) {
    throw new OperationError('INVALID_OPTION', 'a Redis store from a URL needs the package ioredis: npm install ioredis', {
      cause,
    });
  }
}
