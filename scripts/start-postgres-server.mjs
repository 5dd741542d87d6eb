import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.mjs';
import { repositoryRoot } from './repository-root.mjs';
import { startTethered } from './start-tethered.mjs';
import { runCommand } from './run-command.mjs';

const READY_LIMIT_MS = 60_000;
const INIT_LIMIT_MS = 120_000;
const RETRY_MS = 50;
const OUTPUT_TAIL_CHARS = 4_000;

/**
 * A PostgreSQL server that was started here. `stop` ends it and keeps its data, `start` starts it again on the same port, `remove` ends it
 * for good.
 *
 * @typedef {{ url: string, stop: () => Promise<void>, start: () => Promise<void>, remove: () => Promise<void> }} StartedPostgres
 */

/**
 * Starts PostgreSQL on a free loopback port with an empty database, and waits until it answers. Needs the dependencies installed.
 *
 * It refuses to be root: then it runs as `postgres`, or as `nobody`. It ends with this process, however that ends.
 *
 * @param {string} folder - With the programs `initdb` and `postgres`.
 * @param {{ settings?: Readonly<Record<string, string>> }} [options] - Of postgresql.conf. The default does not sync to the disk: the data
 *   is of a test.
 * @returns {Promise<StartedPostgres>}
 * @throws {Error} with the beginning of its output when it ends, or does not answer within 60 s.
 */
export async function startPostgresServer(folder, { settings = { fsync: 'off', synchronous_commit: 'off' } } = {}) {
  const user = await unprivilegedUser();
  const home = mkdtempSync(join(tmpdir(), 'everspan-postgres-'));
  const cluster = join(home, 'cluster');
  if (user !== undefined) chownSync(home, user.uid, user.gid);
  const asUser = user === undefined ? [] : [`--user=${user.uid}:${user.gid}`];
  const tethered = join(repositoryRoot, 'scripts', 'tethered.mjs');
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;

  const init = ['-D', cluster, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  const made = await runInitdb([tethered, ...asUser, join(folder, 'initdb'), ...init]);
  if (made !== undefined) {
    rmSync(home, { recursive: true, force: true });
    throw new Error(`initdb in ${folder} failed:\n${made}`);
  }

  const config = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '60',
    shared_buffers: '64MB',
    ...settings,
  };
  const command = [
    join(folder, 'postgres'),
    '-D',
    cluster,
    ...Object.entries(config).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  /** @type {(() => Promise<void>) | undefined} */
  let stopRunning;
  const stop = async () => {
    const ending = stopRunning;
    stopRunning = undefined;
    await ending?.();
  };
  const start = async () => {
    // SIGINT: it does not wait for its clients to leave.
    const program = startTethered([...asUser, '--stop-signal=SIGINT', ...command], { cwd: home });
    stopRunning = program.stop;
    const isReady = await Promise.race([answers(url), program.ended.then(() => false)]);
    if (isReady) return;
    await stop();
    throw new Error(`PostgreSQL in ${folder} did not come up:\n${program.output()}`);
  };
  const remove = async () => {
    await stop();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return { url, stop, start, remove };
}

/**
 * Whom to run as: nobody else where this user is not root.
 *
 * @returns {Promise<{ uid: number, gid: number } | undefined>}
 */
async function unprivilegedUser() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [user, group] = await Promise.all([runCommand('id', ['-u', name]), runCommand('id', ['-g', name])]);
    if (user.code === 0 && group.code === 0) return { uid: Number(user.output), gid: Number(group.output) };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody');
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<string | undefined>} The end of its output when it failed.
 */
async function runInitdb(args) {
  const child = spawn(process.execPath, args, { cwd: tmpdir(), stdio: ['pipe', 'pipe', 'pipe'], timeout: INIT_LIMIT_MS });
  let output = '';
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_TAIL_CHARS);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [code] = await once(child, 'close');
  return code === 0 ? undefined : output;
}

/**
 * Whether the server comes to answer within the limit.
 *
 * @param {string} url
 * @returns {Promise<boolean>}
 */
async function answers(url) {
  const { default: pg } = await import('pg');
  for (const deadlineMs = Date.now() + READY_LIMIT_MS; Date.now() < deadlineMs; await wait(RETRY_MS)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      // Not there yet: the port is closed, or the server says that it is starting.
    } finally {
      await client.end().catch(() => {});
    }
  }
  return false;
}
