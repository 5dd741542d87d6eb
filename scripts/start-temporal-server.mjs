import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { devServerArguments } from './dev-server-arguments.mjs';
import { freePort } from './free-port.mjs';
import { repositoryRoot } from './repository-root.mjs';

const READY_LIMIT_MS = 90_000;
const RETRY_MS = 100;
const OUTPUT_TAIL_CHARS = 4_000;

/**
 * A Temporal server that was started here.
 *
 * @typedef {{ address: string, stop: () => Promise<void> }} StartedServer
 */

/**
 * Starts a dev server on a free loopback port and waits until its namespace `default` answers. Needs the dependencies installed.
 *
 * It ends with this process, however that ends.
 *
 * @param {string} path - The `temporal` program.
 * @param {{ logLevel?: string, args?: readonly string[] }} [options] - `logLevel` is `never` by default: what workers do when they
 *   are killed is an error to the server.
 * @returns {Promise<StartedServer>}
 * @throws {Error} with the end of its output when it ends, or does not answer within 90 s.
 */
export async function startTemporalServer(path, { logLevel = 'never', args = [] } = {}) {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const command = [
    path,
    'server',
    'start-dev',
    '--headless',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--log-level',
    logLevel,
  ];
  // A group of its own: Ctrl-C is for this process, which then ends the server in its turn.
  const tether = spawn(
    process.execPath,
    [join(repositoryRoot, 'scripts', 'tethered.mjs'), ...command, ...devServerArguments, ...args],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    },
  );
  const ended = once(tether, 'close');
  let output = '';
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_TAIL_CHARS);
    if (logLevel !== 'never') process.stderr.write(chunk);
  };
  tether.stdout.on('data', keep);
  tether.stderr.on('data', keep);
  const stop = async () => {
    tether.stdin.end();
    await ended;
  };
  const isReady = await Promise.race([answers(address), ended.then(() => false)]);
  if (isReady) return { address, stop };
  await stop();
  throw new Error(`the Temporal server ${path} did not come up:\n${output}`);
}

/**
 * Whether the server comes to answer within the limit.
 *
 * @param {string} address
 * @returns {Promise<boolean>}
 */
async function answers(address) {
  const { Connection } = await import('@temporalio/client');
  for (const deadlineMs = Date.now() + READY_LIMIT_MS; Date.now() < deadlineMs; await wait(RETRY_MS)) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '2s' });
      try {
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        return true;
      } finally {
        await connection.close();
      }
    } catch {
      // Not there yet: the port is closed, or the namespace is still being made.
    }
  }
  return false;
}
