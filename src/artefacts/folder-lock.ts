import { link, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type ProcessIdentity, processState } from './process-identity.js';

/** Who writes or uploads a folder, and what is in it: the folder's name cannot be read back. */
export interface FolderLock {
  readonly taskId: string;
  readonly workflowId?: string;
  /** Microseconds since the epoch: of two folders of one task the later is the newer. */
  readonly startedAtMicros: number;
  readonly owner: LockOwner;
}

export interface LockOwner extends ProcessIdentity {
  /** One recorder of a process. */
  readonly recorderId: string;
}

/** The lock that counts in a folder. */
export interface HeldLock extends FolderLock {
  readonly generation: number;
  readonly path: string;
}

const LOCK_NAME = /^lock\.([1-9]\d{0,8})$/;
/** Past it a lock of a process that cannot be looked at counts as left behind. Its owner renews it far more often. */
export const FOREIGN_LOCK_IDLE_MS = 15 * 60_000;

/**
 * Makes `lock` the folder's `generation`th. The highest is the one that counts; none is ever changed or taken away, so that of many
 * processes that want a folder exactly one gets it, whenever any of them dies.
 *
 * @returns False when another process was faster.
 */
export async function takeLock(folder: string, generation: number, lock: FolderLock): Promise<boolean> {
  const draft = join(folder, `draft-${randomUUID()}`);
  try {
    await writeFile(draft, JSON.stringify(lock), { flush: true });
    // Whole or not at all, and never over another: a rename would replace.
    await link(draft, lockPath(folder, generation));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** The lock that counts in `folder`; `undefined` where there is none, so where nothing was written yet. */
export async function readLock(folder: string): Promise<HeldLock | undefined> {
  const generations = (await readdir(folder)).map((name) => Number(LOCK_NAME.exec(name)?.[1] ?? 0));
  const generation = Math.max(0, ...generations);
  if (generation === 0) return undefined;
  const path = lockPath(folder, generation);
  const lock = parseLock(await readFile(path, 'utf8'));
  return lock === undefined ? undefined : { ...lock, generation, path };
}

/** Tells processes that cannot look at this one that it still runs. */
export async function renewLock(folder: string, generation: number): Promise<void> {
  const now = new Date();
  await utimes(lockPath(folder, generation), now, now);
}

/** Recorders of this process and thread that are not shut down; shared by all copies of this package. */
export function liveRecorders(): Set<string> {
  const holder = globalThis as { [LIVE]?: Set<string> };
  holder[LIVE] ??= new Set();
  return holder[LIVE];
}

const LIVE = Symbol.for('everspan.artefact-recorders');

/**
 * Whether nobody will write or upload the folder of `lock` any more, so that `own` may take it.
 *
 * @param nowMs - Milliseconds since the epoch.
 */
export async function isAbandoned(lock: HeldLock, own: ProcessIdentity, nowMs: number): Promise<boolean> {
  const { owner } = lock;
  const state = await processState(owner, own);
  if (state === 'gone') return true;
  if (state === 'running') return owner.pid === own.pid && owner.thread === own.thread && !liveRecorders().has(owner.recorderId);
  const { mtimeMs } = await stat(lock.path);
  return nowMs - mtimeMs > FOREIGN_LOCK_IDLE_MS;
}

function lockPath(folder: string, generation: number): string {
  return join(folder, `lock.${generation}`);
}

function parseLock(text: string): FolderLock | undefined {
  let lock: Partial<FolderLock>;
  try {
    lock = Object(JSON.parse(text)) as Partial<FolderLock>;
  } catch {
    // Not a lock of ours: the disk lost its bytes.
    return undefined;
  }
  const { taskId, workflowId, startedAtMicros, owner } = lock;
  const isWhole =
    typeof taskId === 'string' &&
    (workflowId === undefined || typeof workflowId === 'string') &&
    typeof startedAtMicros === 'number' &&
    typeof owner?.pid === 'number' &&
    [owner.place, owner.host, owner.startedAt, owner.recorderId].every((field) => typeof field === 'string');
  return isWhole ? (lock as FolderLock) : undefined;
}
