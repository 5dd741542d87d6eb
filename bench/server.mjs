import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { devServerArguments } from '../scripts/dev-server-arguments.mjs';
import { startTemporalServer } from '../scripts/start-temporal-server.mjs';

/** @typedef {{ address: string, description: string, stop: () => Promise<void> }} TemporalServer */

/**
 * The Temporal server to measure on: the one that runs at `TEMPORAL_ADDRESS`, or a dev server of our own with its poll limits raised.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<TemporalServer | undefined>} `undefined` where there is neither.
 */
export async function provideTemporalServer(env) {
  const address = env['TEMPORAL_ADDRESS'];
  if (address) return { address, description: 'the server at TEMPORAL_ADDRESS, as it is configured', stop: async () => {} };
  const path = env['TEMPORAL_CLI_PATH'];
  if (!path) return undefined;
  const { address: ownAddress, stop } = await startTemporalServer(path);
  return {
    address: ownAddress,
    description: `dev server, in memory, ${devServerArguments.filter((_, index) => index % 2 === 1).join(' ')}`,
    stop,
  };
}

/**
 * Starts the server that takes spans over HTTP.
 *
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startSpanServer() {
  const child = fork(fileURLToPath(new URL('./span-server.mjs', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [url] = /** @type {[string]} */ (await once(child, 'message'));
  return {
    url,
    stop: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/**
 * Sets what the span server does with the spans of `name`.
 *
 * @param {string} url
 * @param {string} name
 * @param {'ok' | 'hang' | '503'} mode
 */
export async function setSpanServerMode(url, name, mode) {
  const response = await fetch(`${url}/control/${name}/${mode}`, { method: 'POST' });
  await response.arrayBuffer();
}
