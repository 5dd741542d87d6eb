import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type HeldLock, isAbandoned, type LockOwner, readLock, takeLock } from './folder-lock.js';
import { HIDDEN_PREFIX, SETTLED_NAME } from './upload-queue.js';
import type { UploadableFolder } from './upload-task.js';

/** A folder that was taken over. */
export interface PickedUp extends UploadableFolder {
  readonly generation: number;
}

/**
 * Takes over the folders under `root` whose processes have died before they were uploaded, the earliest run first. Of many processes that
 * look at once each folder goes to one.
 *
 * @param nowMs - Milliseconds since the epoch.
 */
export async function pickUpFolders(root: string, owner: LockOwner, nowMs: number): Promise<PickedUp[]> {
  const found: { readonly path: string; readonly lock: HeldLock }[] = [];
  for (const path of await foldersIn(resolve(root))) {
    const lock = await quietRead(path);
    if (lock !== undefined && (await isAbandoned(lock, owner, nowMs))) found.push({ path, lock });
  }
  found.sort((one, other) => one.lock.startedAtMicros - other.lock.startedAtMicros);
  const pickedUp: PickedUp[] = [];
  for (const { path, lock } of found) {
    const { taskId, workflowId, startedAtMicros } = lock;
    const generation = lock.generation + 1;
    const taken = { taskId, ...(workflowId === undefined ? {} : { workflowId }), startedAtMicros, owner };
    if (await takeLock(path, generation, taken).catch(() => false))
      pickedUp.push({ path, taskId, workflowId, isPickedUp: true, order: 0, generation });
  }
  return pickedUp;
}

async function foldersIn(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(HIDDEN_PREFIX))
      .map((entry) => join(root, entry.name));
  } catch {
    // No task has run here yet, or the root may not be read: nothing to pick up.
    return [];
  }
}

async function quietRead(path: string): Promise<HeldLock | undefined> {
  try {
    const lock = await readLock(path);
    return lock === undefined || (await exists(join(path, SETTLED_NAME))) ? undefined : lock;
  } catch {
    // It went while it was looked at: another process had it uploaded.
    return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
