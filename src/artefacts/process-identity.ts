import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { threadId } from 'node:worker_threads';

/** A process, told from every other that has or will have its pid. */
export interface ProcessIdentity {
  /** Where pids mean the same: the kernel's boot and the pid namespace, or the host's name. */
  readonly place: string;
  readonly host: string;
  readonly pid: number;
  /** When the process began, as the kernel tells it; compared as text. */
  readonly startedAt: string;
  /** 0 in the main thread: threads share a pid. */
  readonly thread: number;
}

/** This process, and this thread of it. */
export async function ownProcessIdentity(): Promise<ProcessIdentity> {
  return {
    place: await ownPlace(),
    host: hostname(),
    pid: process.pid,
    startedAt: (await startOf(process.pid)) ?? '',
    thread: threadId,
  };
}

/**
 * Whether the process `identity` runs, as `own` can tell.
 *
 * The pid alone says nothing, since pids are used again; with the time at which its process began it says all. A machine that was
 * booted since has none of its processes. Of other machines and containers nothing can be told: `unknown`.
 */
export async function processState(identity: ProcessIdentity, own: ProcessIdentity): Promise<'running' | 'gone' | 'unknown'> {
  if (identity.place !== own.place) return identity.host === own.host && !sharesBoot(identity, own) ? 'gone' : 'unknown';
  const startedAt = await startOf(identity.pid);
  if (startedAt !== undefined && startedAt !== '') return startedAt === identity.startedAt ? 'running' : 'gone';
  return canBeSignalled(identity.pid) ? 'unknown' : 'gone';
}

// Two pid namespaces under one boot are two containers, both perhaps alive.
function sharesBoot(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.place.split(' ')[0] === other.place.split(' ')[0];
}

async function ownPlace(): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`;
  } catch {
    // Not Linux.
    return hostname();
  }
}

/** When `pid` began; `undefined` where no process is seen. A process that has died and was not yet collected counts as none. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return startByPs(pid);
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The program's name stands in parentheses and may hold anything; behind it: state, …, and as the 20th the ticks since boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    // No such process, or one that we may not see.
    return undefined;
  }
}

const execFileAsync = promisify(execFile);

async function startByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await execFileAsync('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() === '' ? undefined : stdout.trim();
  } catch {
    // ps fails where there is no such process.
    return undefined;
  }
}

// For processes that /proc hides from us.
function canBeSignalled(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
