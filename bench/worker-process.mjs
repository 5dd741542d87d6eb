import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const WORKER_MAIN = fileURLToPath(new URL('./worker-main.mjs', import.meta.url));
const HEAP_PROBE = new URL('./heap-probe.mjs', import.meta.url).href;
const STOP_MS_MAX = 15_000;

/** One variant's worker in a process of its own, and the questions it answers. */
export class WorkerProcess {
  /** @readonly */
  #child;
  /** @readonly */
  #logPath;
  #asked = 0;
  /** @readonly @type {Map<number, { resolve: (answer: unknown) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  /** @readonly @type {Promise<unknown>} */
  #ended;

  /**
   * @param {import('./worker-main.mjs').WorkerSetup} setup
   * @param {{ logPath: string, profileFolder: string | undefined }} options - What it prints goes to `logPath`.
   */
  constructor(setup, { logPath, profileFolder }) {
    this.#logPath = logPath;
    const log = openSync(logPath, 'a');
    this.#child = fork(WORKER_MAIN, [JSON.stringify(setup)], {
      execArgv: [
        ...(setup.variant.isHeapProbed === true ? ['--expose-gc', `--import=${HEAP_PROBE}`] : []),
        ...(profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]),
      ],
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#ended = once(this.#child, 'exit');
    this.#child.on('message', (message) => {
      const { id, answer } = /** @type {{ id: number, answer: unknown }} */ (message);
      this.#waiting.get(id)?.resolve(answer);
      this.#waiting.delete(id);
    });
    this.#child.once('exit', (code, signal) => {
      const error = new Error(`the worker of ${setup.variant.id} ended (${signal ?? code}):\n${this.#logTail()}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  /** Resolves when the worker polls. */
  async whenReady() {
    await this.#wait(0);
  }

  /** Microseconds of processor time that the process has used, all its threads together. */
  async cpuMicros() {
    return /** @type {number} */ (await this.#ask('cpuMicros'));
  }

  /** Resolves when nothing of its spans waits to be written. */
  async settle() {
    await this.#ask('settle');
  }

  /** Bytes on the heaps of all its threads, after a forced collection; only where the variant is probed for it. */
  async heapBytes() {
    return /** @type {number} */ (await this.#ask('heapBytes'));
  }

  /** Ends the process; by force where it does not end by itself. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    // It may end before it answers.
    this.#ask('stop').catch(() => {});
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS_MAX);
    await this.#ended;
    clearTimeout(timer);
  }

  /** @param {string} question */
  #ask(question) {
    this.#asked += 1;
    const answer = this.#wait(this.#asked);
    if (this.#child.connected) this.#child.send({ id: this.#asked, question });
    else this.#waiting.get(this.#asked)?.reject(new Error(`a worker is gone:\n${this.#logTail()}`));
    return answer;
  }

  /** @param {number} id @returns {Promise<unknown>} */
  #wait(id) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #logTail() {
    return readFileSync(this.#logPath, 'utf8').slice(-2_000);
  }
}
