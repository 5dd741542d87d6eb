import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** A Node process of a test. */
export interface Child {
  readonly process: ChildProcess;
  /** The next line that it writes. */
  nextLine(): Promise<string>;
  /** Its exit code, once it has ended; `null` when a signal ended it. */
  exit(): Promise<number | null>;
}

/** Runs Node with `args`. The process ends with the test, by its id, if it has not ended before. */
export function startNode(args: readonly string[]): Child {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  return {
    process: child,
    async nextLine() {
      const line = await lines.next();
      if (line.done === true) throw new TypeError('the process has ended without another line');
      return line.value;
    },
    async exit() {
      const [code] = await exited;
      return code as number | null;
    },
  };
}

/** The SGP test server in a process of its own. */
export async function startSgpServerProcess(options: object): Promise<{ url: string; child: Child }> {
  const main = new URL('../helpers/sgp-server-main.mjs', import.meta.url).pathname;
  const child = startNode([main, JSON.stringify(options)]);
  const { url } = JSON.parse(await child.nextLine()) as { url: string };
  return { url, child };
}

/** What the server of `startSgpServerProcess` answers to `/control/<verb>`. */
export async function sgpControl<T>(url: string, verb: string, body?: object): Promise<T> {
  const response = await fetch(
    `${url}/control/${verb}`,
    body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
  );
  return (await response.json()) as T;
}
