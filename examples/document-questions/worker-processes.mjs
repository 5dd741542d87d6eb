import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/**
 * Starts a worker process and waits until it takes work.
 *
 * @param {readonly string[]} args
 * @param {Record<string, string>} env
 * @returns {Promise<ChildProcess>}
 */
export async function startWorker(args, env) {
  const child = fork(fileURLToPath(new URL('./worker.mjs', import.meta.url)), [...args], { env: { ...process.env, ...env } });
  const ended = once(child, 'exit').then(([code]) => {
    throw new TypeError(`a worker process ended with ${String(code)} before it was ready`);
  });
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return child;
}

/**
 * The first of `workers` that says it runs the activity `name`.
 *
 * @param {readonly ChildProcess[]} workers
 * @param {string} name
 * @returns {Promise<ChildProcess>}
 */
export function firstToRun(workers, name) {
  return new Promise((resolve) => {
    for (const worker of workers) {
      worker.on('message', (message) => {
        if (/** @type {{ running?: string }} */ (message).running === name) resolve(worker);
      });
    }
  });
}

/**
 * Lets the workers finish what they hold and waits for their end.
 *
 * @param {readonly ChildProcess[]} workers
 */
export async function stopWorkers(workers) {
  const running = workers.filter((worker) => worker.exitCode === null && worker.signalCode === null);
  await Promise.all(
    running.map((worker) => {
      const ended = once(worker, 'exit');
      worker.disconnect();
      return ended;
    }),
  );
}
