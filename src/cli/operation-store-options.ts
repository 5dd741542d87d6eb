import type { Command } from 'commander';
import type { OpenSpanIndex } from '../state/open-span-index.js';
import type { OperationStore } from '../state/operation-store.js';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';

/** Which Redis the command line names. */
export interface RedisOptions {
  readonly redis?: string;
  readonly cluster?: boolean;
  readonly prefix?: string;
}

/** Adds the options that say where operations are kept. */
export function addRedisOptions(command: Command): Command {
  return command
    .option('--redis <url>', 'Redis with the operations (REDIS_URL)')
    .option('--cluster', 'the URL is a node of a Redis Cluster')
    .option('--prefix <prefix>', 'what the keys begin with', 'sg');
}

/** The URL that the options or the environment name. */
export function redisUrl({ redis }: RedisOptions, io: CliIo): string | undefined {
  const url = redis ?? io.env['REDIS_URL'];
  return url === '' ? undefined : url;
}

/**
 * Opens the operations in Redis, runs `work` on them, and closes the connection.
 *
 * @throws CliError `USAGE` where no Redis is named, `UNREACHABLE` where it does not answer; else what `work` brings.
 */
export async function withOperations<T>(
  options: RedisOptions,
  io: CliIo,
  work: (operations: OperationStore) => Promise<T>,
): Promise<T> {
  const url = redisUrl(options, io);
  if (url === undefined) throw new CliError('USAGE', 'where are the operations? Give --redis URL (or REDIS_URL)');
  const [{ RedisOperationStore }, { OperationError }] = await Promise.all([
    import('../state/redis-operation-store.js'),
    import('../operation/operation-error.js'),
  ]);
  const store = new RedisOperationStore(redisAddress(url, options));
  try {
    return await work(store);
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== 'STORE_UNAVAILABLE') throw error;
    throw new CliError('UNREACHABLE', error.message, { cause: error });
  } finally {
    await store.close();
  }
}

/** As `withOperations`, with the open-span index of the same Redis. */
export async function withStores<T>(
  options: RedisOptions,
  io: CliIo,
  work: (stores: { readonly operations: OperationStore; readonly openSpans: OpenSpanIndex }) => Promise<T>,
): Promise<T> {
  return withOperations(options, io, async (operations) => {
    const { RedisOpenSpanIndex } = await import('../state/redis-open-span-index.js');
    const openSpans = new RedisOpenSpanIndex(redisAddress(redisUrl(options, io) as string, options));
    try {
      return await work({ operations, openSpans });
    } finally {
      await openSpans.close();
    }
  });
}

function redisAddress(url: string, { cluster, prefix }: RedisOptions) {
  return { url, ...(cluster === true ? { isCluster: true } : {}), ...(prefix === undefined ? {} : { prefix }) };
}
