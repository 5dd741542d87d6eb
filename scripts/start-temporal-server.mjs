import { setTimeout as wait } from 'node:timers/promises';
import { devServerArguments } from './dev-server-arguments.mjs';
import { freePort } from './free-port.mjs';
import { startTethered } from './start-tethered.mjs';

const READY_LIMIT_MS = 90_000;
const RETRY_MS = 100;
const STARTS_MAX = 3;

/**
 * A Temporal server that was started here.
 *
 * @typedef {{ address: string, stop: () => Promise<void> }} StartedServer
 */

/**
 * Starts a dev server on a free loopback port and waits until its namespace `default` answers. Needs the dependencies installed.
 *
 * It ends with this process, however that ends. One that ends while it starts is started again: it looks for ports of its own for its
 * services, and another program may take one before it does.
 *
 * @param {string} path - The `temporal` program.
 * @param {{ logLevel?: string, args?: readonly string[] }} [options] - `logLevel` is `never` by default: what workers do when they
 *   are killed is an error to the server.
 * @returns {Promise<StartedServer>}
 * @throws {Error} with the beginning of its output when it ends three times, or does not answer within 90 s.
 */
export async function startTemporalServer(path, options = {}) {
  for (let starts = 1; ; starts += 1) {
    const { server, output } = await startOnce(path, options);
    if (server !== undefined) return server;
    if (starts === STARTS_MAX) throw new Error(`the Temporal server ${path} did not come up:\n${output}`);
  }
}

/**
 * @param {string} path
 * @param {{ logLevel?: string, args?: readonly string[] }} options
 * @returns {Promise<{ server?: StartedServer, output: string }>}
 */
async function startOnce(path, { logLevel = 'never', args = [] }) {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const flags = ['--headless', '--ip', '127.0.0.1', '--port', String(port), '--log-level', logLevel];
  const command = [path, 'server', 'start-dev', ...flags, ...devServerArguments, ...args];
  const program = startTethered(command, {
    onOutput: (chunk) => {
      if (logLevel !== 'never') process.stderr.write(chunk);
    },
  });
  const { stop } = program;
  const isReady = await Promise.race([answers(address, program.hasEnded), program.ended.then(() => false)]);
  if (isReady) return { server: { address, stop }, output: program.output() };
  await stop();
  return { output: program.output() };
}

/**
 * Whether the server comes to answer within the limit.
 *
 * @param {string} address
 * @param {() => boolean} isOver - Then nothing will answer any more.
 * @returns {Promise<boolean>}
 */
async function answers(address, isOver) {
  const { Connection } = await import('@temporalio/client');
  for (const deadlineMs = Date.now() + READY_LIMIT_MS; Date.now() < deadlineMs && !isOver(); await wait(RETRY_MS)) {
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
