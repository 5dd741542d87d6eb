import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.mjs';
import { repositoryRoot } from './repository-root.mjs';

const READY_LIMIT_MS = 30_000;
const OUTPUT_TAIL_CHARS = 4_000;

/**
 * Starts Redis on a free loopback port, without a file on the disk, and waits until it answers. Needs the dependencies installed.
 *
 * It ends with this process, however that ends.
 *
 * @param {string} path - The `redis-server` program.
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 * @throws {Error} with the end of its output when it ends, or does not answer within 30 s.
 */
export async function startRedisServer(path) {
  const { Redis } = await import('ioredis');
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'everspan-redis-'));
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--loglevel', 'warning'];
  const tether = spawn(process.execPath, [join(repositoryRoot, 'scripts', 'tethered.mjs'), path, ...options], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = once(tether, 'close');
  let output = '';
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_TAIL_CHARS);
  };
  tether.stdout.on('data', keep);
  tether.stderr.on('data', keep);
  const stop = async () => {
    tether.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null });
  // The port is closed until it is there.
  client.on('error', () => {});
  const limit = AbortSignal.timeout(READY_LIMIT_MS);
  const tooLate = new Promise((resolve) => {
    limit.addEventListener('abort', () => resolve(false));
  });
  const isReady = await Promise.race([client.ping().then(() => true), ended.then(() => false), tooLate]);
  client.disconnect();
  if (isReady) return { url: `redis://127.0.0.1:${port}`, stop };
  await stop();
  throw new Error(`Redis ${path} did not come up:\n${output}`);
}
