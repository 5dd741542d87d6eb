import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The built program: Node 20 runs no TypeScript, and `npm test` builds first. */
export const BUILT_MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How a command line ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A command line that runs. */
export interface Running {
  readonly process: ChildProcess;
  /** Resolves when stdout (or stderr) has come to hold `text`; fails when the process ends without. */
  waitFor(text: string | RegExp, stream?: 'stdout' | 'stderr'): Promise<string>;
  readonly ended: Promise<Ended>;
}

/** Runs `everspan ARGS` as its own process to its end. Nothing of this process's environment that everspan reads is passed on. */
export async function everspan(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return startEverspan(args, options).ended;
}

/** Starts `everspan ARGS`; it ends with the test, if not before. */
export function startEverspan(args: readonly string[], options: RunOptions = {}): Running {
  if (!existsSync(BUILT_MAIN)) throw new TypeError('build first: npm run build');
  const child = spawn(process.execPath, [BUILT_MAIN, ...args], {
    cwd: options.cwd ?? fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      child.emit('said');
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...said }) as Ended);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  return {
    process: child,
    ended,
    waitFor: (text, name = 'stdout') =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (typeof text === 'string' ? said[name].includes(text) : text.test(said[name])) resolve(said[name]);
        };
        child.on('said', look);
        child.once('close', () => reject(new TypeError(`ended without ${String(text)}: ${said.stdout}${said.stderr}`)));
        look();
      }),
  };
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:EVERSPAN_|NO_COLOR|FORCE_COLOR|COLUMNS)/.test(name));
  return Object.fromEntries(kept);
}
