import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { DEFAULT_ACCOUNT_ID } from '../store/span-store.js';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';
import type { TraceSource } from './trace-source.js';

/** Which source the command line names. */
export interface SourceOptions {
  readonly server?: string;
  readonly store?: string;
  readonly from?: string;
  readonly account?: string;
}

const LOCAL_FOLDER = '.everspan';

/** Adds the options that say where traces are read. */
export function addSourceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--server <url>', 'read from a collector (EVERSPAN_SERVER; its key: EVERSPAN_API_KEY)').conflicts([
        'store',
        'from',
      ]),
    )
    .addOption(
      new Option('--store <url>', 'read a store: a SQLite file or postgres://… (EVERSPAN_STORE)').conflicts(['server', 'from']),
    )
    .addOption(new Option('--from <dir>', 'read a folder of JSONL files, taken whole').conflicts(['server', 'store']))
    .addOption(new Option('--account <id>', 'whose traces, in a store or at a collector (EVERSPAN_ACCOUNT_ID)'));
}

/**
 * Opens the source that the options name, else the environment, else what is in `./.everspan`, runs `work` on it and closes it.
 *
 * @throws CliError `USAGE` where nothing names one; else what opening or `work` brings.
 */
export async function withSource<T>(options: SourceOptions, io: CliIo, work: (source: TraceSource) => Promise<T>): Promise<T> {
  const source = await openSource(options, io);
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

async function openSource(options: SourceOptions, io: CliIo): Promise<TraceSource> {
  if (options.from !== undefined) return openFolder(options.from, io);
  if (options.store !== undefined) return openStore(options.store, options, io);
  if (options.server !== undefined) return openServer(options.server, options, io);
  const { EVERSPAN_SERVER: server, EVERSPAN_STORE: store } = io.env;
  if (isSet(server)) return openServer(server, options, io);
  if (isSet(store)) return openStore(store, options, io);
  const { DEFAULT_STORE_PATH } = await import('../store/open-span-store.js');
  if (existsSync(join(io.cwd, DEFAULT_STORE_PATH))) {
    return openStore(DEFAULT_STORE_PATH, options, io, () => rowFilesBeside(io));
  }
  if (existsSync(join(io.cwd, LOCAL_FOLDER))) return openFolder(LOCAL_FOLDER, io);
  throw new CliError(
    'USAGE',
    'where are the traces? Give --server URL, --store URL or --from DIR (or EVERSPAN_SERVER, EVERSPAN_STORE)',
  );
}

async function openFolder(path: string, io: CliIo): Promise<TraceSource> {
  const { FolderSource } = await import('./folder-source.js');
  return new FolderSource(path, io);
}

async function openStore(
  url: string,
  options: SourceOptions,
  io: CliIo,
  elsewhere?: () => Promise<string | undefined>,
): Promise<TraceSource> {
  const [{ openStoreAt, shownStore }, { StoreSource }] = await Promise.all([
    import('./open-store-at.js'),
    import('./store-source.js'),
  ]);
  const store = await openStoreAt(url, io);
  return new StoreSource(store, shownStore(url, io.cwd), { accountId: accountOf(options, io) }, elsewhere);
}

/** The store goes before the files beside it: who has run a collector once may have all traces in these. */
async function rowFilesBeside(io: CliIo): Promise<string | undefined> {
  const { findRowFiles } = await import('./folder-files.js');
  try {
    const files = await findRowFiles(join(io.cwd, LOCAL_FOLDER));
    if (files.every(({ sizeBytes }) => sizeBytes === 0)) return undefined;
  } catch {
    // A folder that may not be read, a file that went meanwhile: then there is no more to say than that nothing was found.
    return undefined;
  }
  return `there are JSONL files beside it: --from ${LOCAL_FOLDER} reads them`;
}

async function openServer(url: string, options: SourceOptions, io: CliIo): Promise<TraceSource> {
  const [{ CollectorClient }, { ServerSource }] = await Promise.all([
    import('../client/collector-client.js'),
    import('./server-source.js'),
  ]);
  const { EVERSPAN_API_KEY: apiKey, EVERSPAN_ACCOUNT_ID: account } = io.env;
  const accountId = options.account ?? (isSet(account) ? account : undefined);
  const client = new CollectorClient({
    baseUrl: url,
    ...(isSet(apiKey) ? { apiKey } : {}),
    // A key says whose it is, where it is of one account.
    ...(accountId === undefined ? {} : { accountId }),
  });
  return new ServerSource(client, url, io);
}

/** The account that the options or the environment name. */
function accountOf(options: SourceOptions, io: CliIo): string {
  if (options.account !== undefined) return options.account;
  const { EVERSPAN_ACCOUNT_ID: account } = io.env;
  return isSet(account) ? account : DEFAULT_ACCOUNT_ID;
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
