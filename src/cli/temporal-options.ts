import type { Client, Connection } from '@temporalio/client';
import type { Command } from 'commander';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';

/** Which server and namespace the command line names, over what the environment says. */
export interface TemporalOptions {
  readonly address?: string;
  readonly namespace?: string;
  readonly profile?: string;
}

/** Adds the options that say which Temporal server is meant. */
export function addTemporalOptions(command: Command): Command {
  return command
    .option('--address <host:port>', 'Temporal server (TEMPORAL_ADDRESS; TLS and key: TEMPORAL_TLS…, TEMPORAL_API_KEY)')
    .option('--namespace <name>', 'namespace (TEMPORAL_NAMESPACE)')
    .option('--profile <name>', "profile of Temporal's configuration file (TEMPORAL_PROFILE)");
}

const CONNECT_MS_MAX = 5_000;

/**
 * Connects as Temporal's own tools would, runs `work`, and closes the connection.
 *
 * @throws CliError `UNREACHABLE` where there is no such server, `USAGE` where the configuration cannot be read or what reads it is not installed;
 *   else what `work` brings.
 */
export async function withTemporal<T>(options: TemporalOptions, io: CliIo, work: (client: Client) => Promise<T>): Promise<T> {
  // Both take a while to load, and help is to come at once.
  const [{ Client, Connection }, { loadClientConnectConfig }] = await Promise.all([
    import('@temporalio/client'),
    importEnvironmentConfig(),
  ]);
  const config = readConfig(() =>
    loadClientConnectConfig({
      overrideEnvVars: setVariables(io.env),
      ...(options.profile === undefined ? {} : { profile: options.profile }),
    }),
  );
  const { address: configured, ...rest } = config.connectionOptions;
  const address = options.address ?? configured ?? 'localhost:7233';
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...rest, address, connectTimeout: CONNECT_MS_MAX });
  } catch (cause) {
    throw new CliError('UNREACHABLE', `no Temporal server at ${address}: ${messageOf(cause)}`, { cause });
  }
  try {
    return await work(new Client({ connection, namespace: options.namespace ?? config.namespace ?? 'default' }));
  } finally {
    await connection.close();
  }
}

// A peer that may be missing, since it has to be of the version of its siblings: one of our own choice would bring a second copy of Temporal's SDK.
async function importEnvironmentConfig(): Promise<typeof import('@temporalio/envconfig')> {
  try {
    return await import('@temporalio/envconfig');
  } catch (cause) {
    const message =
      'the package @temporalio/envconfig, which says where Temporal is, cannot be loaded: npm install it in the version that @temporalio/client has';
    throw new CliError('USAGE', message, { cause });
  }
}

function readConfig<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new CliError('USAGE', `Temporal's environment configuration cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function setVariables(env: CliIo['env']): Record<string, string> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
