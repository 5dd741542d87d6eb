import { ensureWatchdog, type WatchdogOptions } from '../watchdog/ensure-watchdog.js';
import type { CliIo } from './cli-io.js';
import { printJson } from './print-json.js';
import { type TemporalOptions, withTemporal } from './temporal-options.js';

export interface EnsureOptions extends TemporalOptions {
  readonly format: 'text' | 'json';
  readonly every?: number;
  readonly grace?: number;
  readonly fullPass?: number;
  readonly taskQueue?: string;
}

/** `everspan watchdog ensure`. */
export async function ensureSchedule(options: EnsureOptions, io: CliIo): Promise<void> {
  const { every, grace, fullPass, taskQueue } = options;
  const wanted: WatchdogOptions = {
    ...(every === undefined ? {} : { everyMs: every }),
    ...(grace === undefined ? {} : { graceMs: grace }),
    ...(fullPass === undefined ? {} : { fullPassMs: fullPass }),
    ...(taskQueue === undefined ? {} : { taskQueue }),
  };
  const { namespace, ensured } = await withTemporal(options, io, async (client) => ({
    namespace: client.options.namespace,
    ensured: await ensureWatchdog(client, wanted),
  }));
  if (options.format === 'json') {
    await printJson(io.stdout, { namespace, ...ensured });
    return;
  }
  await io.stdout.write(`schedule ${ensured.scheduleId} in namespace ${namespace}: ${ensured.outcome}\n`);
  if (ensured.isPaused) await io.stderr.write('it is paused: nothing is swept until somebody resumes it\n');
}
