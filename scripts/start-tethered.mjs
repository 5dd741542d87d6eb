import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root.mjs';

const OUTPUT_CHARS_MAX = 4_000;

/**
 * A program that runs for as long as this process lives.
 *
 * @typedef {object} TetheredProgram
 * @property {Promise<void>} ended
 * @property {() => boolean} hasEnded
 * @property {() => string} output - The beginning of what it printed: what went wrong comes first, a stack as long as one likes follows.
 * @property {() => Promise<void>} stop - Ends it, and waits for that.
 */

/**
 * Starts `command` so that it ends with this process, however that ends. In a group of its own: Ctrl-C is for this process, which then ends the program
 * in its turn.
 *
 * @param {readonly string[]} command - The program and its arguments; before them options of tethered.mjs.
 * @param {{ cwd?: string, onOutput?: (chunk: Buffer) => void }} [options]
 * @returns {TetheredProgram}
 */
export function startTethered(command, { cwd, onOutput = () => {} } = {}) {
  const tether = spawn(process.execPath, [join(repositoryRoot, 'scripts', 'tethered.mjs'), ...command], {
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let hasEnded = false;
  const ended = once(tether, 'close').then(() => {
    hasEnded = true;
  });
  let output = '';
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString('utf8')).slice(0, OUTPUT_CHARS_MAX);
    onOutput(chunk);
  };
  tether.stdout.on('data', keep);
  tether.stderr.on('data', keep);
  return {
    ended,
    hasEnded: () => hasEnded,
    output: () => output,
    stop: async () => {
      tether.stdin.end();
      await ended;
    },
  };
}
