import { spawn } from 'node:child_process';
import { repositoryRoot } from './repository-root.mjs';

const OUTPUT_TAIL_CHARS = 8_000;

/**
 * How a command ended. `code` is its exit code, 128 when a signal or the time limit ended it, 127 when it could not be started;
 * `output` the last part of what it printed on both streams, empty when `inherit` was set.
 *
 * @typedef {{ code: number, output: string, isTimedOut: boolean }} CommandResult
 */

/**
 * Runs a program and waits for its end. Never throws for what the program does.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, inherit?: boolean, timeoutMs?: number,
 *   isStillAllowed?: () => boolean, outputChars?: number }} [options] - At `timeoutMs` the program and its children are killed, unless
 *   `isStillAllowed` says that it has got somewhere: then it has the same time once more, and so on. `outputChars` of the output are kept, 8,000
 *   unless told.
 * @returns {Promise<CommandResult>}
 */
export function runCommand(program, args, options = {}) {
  const {
    cwd = repositoryRoot,
    env = {},
    inherit = false,
    timeoutMs,
    isStillAllowed = () => false,
    outputChars = OUTPUT_TAIL_CHARS,
  } = options;
  return new Promise((resolve) => {
    // A group of its own where it may have to be killed: its children then go with it.
    const isGroup = timeoutMs !== undefined;
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      detached: isGroup,
    });
    let output = '';
    let isTimedOut = false;
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString('utf8')).slice(-outputChars);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);

    const stop = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(isGroup ? -child.pid : child.pid, 'SIGKILL');
      } catch {
        // It has ended in between.
      }
    };
    // Ctrl-C reaches a child that shares our terminal by itself, and how it ends is ours to pass on; a group has to be told.
    const onInterrupt = () => {
      if (isGroup) {
        stop();
        process.exit(130);
      }
    };
    const onTerminate = () => {
      if (isGroup) {
        stop();
        process.exit(143);
      }
      child.kill('SIGTERM');
    };
    process.on('SIGINT', onInterrupt);
    process.on('SIGTERM', onTerminate);
    const timer =
      timeoutMs === undefined
        ? undefined
        : setInterval(() => {
            if (isStillAllowed()) return;
            isTimedOut = true;
            stop();
          }, timeoutMs);

    const finish = (/** @type {number} */ code) => {
      clearInterval(timer);
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onTerminate);
      resolve({ code, output, isTimedOut });
    };
    child.once('error', (error) => {
      output += error.message;
      finish(127);
    });
    child.once('close', (code) => finish(code ?? 128));
  });
}
