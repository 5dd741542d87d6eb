import { isoFromMicros } from '../wire/iso-time.js';
import type { CliIo } from './cli-io.js';
import { openStoreAt } from './open-store-at.js';
import { printJson } from './print-json.js';

export interface PruneOptions {
  readonly store?: string;
  /** Microseconds since the epoch. */
  readonly before: number;
  readonly includeOpen?: boolean;
  readonly format: 'text' | 'json';
}

/** `everspan store prune`: of all accounts. */
export async function pruneStore(options: PruneOptions, io: CliIo): Promise<void> {
  const store = await openStoreAt(options.store, io);
  try {
    const { traces, spans } = await store.prune({
      endedBefore: options.before,
      ...(options.includeOpen === undefined ? {} : { includeOpen: options.includeOpen }),
    });
    const { tasks, rows } = await store.pruneArtefacts({ uploadedBefore: options.before });
    if (options.format === 'json') return await printJson(io.stdout, { traces, spans, tasks, rows });
    const before = isoFromMicros(options.before).slice(0, 19);
    await io.stdout.write(
      `removed ${traces} traces (${spans} spans) and the rows of ${tasks} tasks (${rows} rows) from before ${before}Z\n`,
    );
  } finally {
    await store.close();
  }
}
