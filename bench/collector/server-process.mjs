import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Runs a server of this folder in a process of its own for as long as `work` takes.
 *
 * @template T
 * @param {string} program - `server-main.mjs`, `bare-main.mjs`.
 * @param {readonly string[]} args
 * @param {(url: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withServer(program, args, work) {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const server = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [line] = await once(server.stdout, 'data');
    return await work(String(line).trim());
  } finally {
    server.stdin.end();
    await once(server, 'exit');
  }
}
