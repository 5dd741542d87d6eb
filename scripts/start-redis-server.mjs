import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.mjs';
import { startTethered } from './start-tethered.mjs';

const READY_LIMIT_MS = 30_000;

/**
 * Starts Redis on a free loopback port, without a file on the disk, and waits until it answers. Needs the dependencies installed.
 *
 * It ends with this process, however that ends.
 *
 * @param {string} path - The `redis-server` program.
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 * @throws {Error} with the beginning of its output when it ends, or does not answer within 30 s.
 */
export async function startRedisServer(path) {
  const { Redis } = await import('ioredis');
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'everspan-redis-'));
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--loglevel', 'warning'];
  const program = startTethered([path, ...options]);
  const stop = async () => {
    await program.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
  // The port is closed until it is there.
  client.on('error', () => {});
  const limit = AbortSignal.timeout(READY_LIMIT_MS);
  const tooLate = new Promise((resolve) => {
    limit.addEventListener('abort', () => resolve(false));
  });
  const isReady = await Promise.race([client.ping().then(() => true), program.ended.then(() => false), tooLate]);
  client.disconnect();
  if (isReady) return { url: `redis://127.0.0.1:${port}`, stop };
  await stop();
  throw new Error(`Redis ${path} did not come up:\n${program.output()}`);
}
