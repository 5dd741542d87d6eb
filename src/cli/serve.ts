import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { AccountKeys } from '../server/accounts.js';
import type { CollectorLogger } from '../server/collector-app.js';
import { checkAddress } from '../server/check-address.js';
import { createCollector } from '../server/collector.js';
import { DEFAULT_STORE_PATH, openSpanStore } from '../store/open-span-store.js';
import { DEFAULT_ACCOUNT_ID } from '../store/span-store.js';
import type { TraceStore } from '../store/trace-store.js';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';
import { absoluteStore, shownStore } from './open-store-at.js';

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly store?: string;
  readonly keys?: string;
  /** Microseconds. */
  readonly retention?: number;
}

const PRUNE_EVERY_MS = 3_600_000;

/** `everspan serve`: until Ctrl-C or SIGTERM, then a stop that loses nothing that was acknowledged. */
export async function serve(options: ServeOptions, io: CliIo): Promise<void> {
  const keys = await readKeys(options, io);
  // Before the store: a file that a refused collector left behind would be read in place of the JSONL files beside it.
  await checkAddress({ host: options.host, port: options.port, keys });
  const interruption = io.interruption();
  const storeUrl = options.store ?? DEFAULT_STORE_PATH;
  const store = await openSpanStore(absoluteStore(storeUrl, io.cwd));
  try {
    const collector = await createCollector({ store, keys, logger: stderrLogger(io) }).listen({
      host: options.host,
      port: options.port,
    });
    const pruning = options.retention === undefined ? undefined : keepPruning(store, options.retention, io);
    try {
      await io.stdout.write(
        `everspan collector on ${collector.url} (store: ${shownStore(storeUrl, io.cwd)}${keys.length === 0 ? ', no keys' : ''})\n`,
      );
      if (!interruption.aborted) await once(interruption, 'abort');
    } finally {
      clearInterval(pruning);
      await collector.close();
    }
  } finally {
    await store.close();
  }
}

/** What the collector tells of goes to stderr: stdout has the line with its address. */
function stderrLogger(io: CliIo): CollectorLogger {
  const say = (message: string): void => void io.stderr.write(`${message}\n`);
  return { info: say, warn: say, error: say };
}

const keysSchema = z.array(z.strictObject({ accountId: z.string(), keys: z.array(z.string()) }));

async function readKeys(options: ServeOptions, io: CliIo): Promise<AccountKeys[]> {
  if (options.keys === undefined) {
    const { EVERSPAN_API_KEY: key, EVERSPAN_ACCOUNT_ID: account } = io.env;
    if (key === undefined || key === '') return [];
    return [{ accountId: account === undefined || account === '' ? DEFAULT_ACCOUNT_ID : account, keys: [key] }];
  }
  const path = isAbsolute(options.keys) ? options.keys : join(io.cwd, options.keys);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    // Not there, or not ours to read.
    throw new CliError('USAGE', `${path} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? ''}`, { cause });
  }
  const parsed = keysSchema.safeParse(parseJson(text));
  // Nothing of the file is shown: it holds keys.
  if (!parsed.success) throw new CliError('USAGE', `${path} must be JSON like [{"accountId": "…", "keys": ["…"]}]`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The schema says what is wanted.
    return undefined;
  }
}

function keepPruning(store: TraceStore, retentionMicros: number, io: CliIo): NodeJS.Timeout {
  const prune = async (): Promise<void> => {
    const before = Date.now() * 1_000 - retentionMicros;
    try {
      await store.prune({ endedBefore: before });
      await store.pruneArtefacts({ uploadedBefore: before });
    } catch (error) {
      // A store that does not answer now is tried again in an hour; the collector goes on.
      await io.stderr.write(`everspan: pruning failed: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  };
  void prune();
  return setInterval(() => void prune(), PRUNE_EVERY_MS);
}
