import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { say } from './progress.mjs';

const RETRY_MS = 200;

/**
 * What `work` gives, while no other process on this machine is inside with the same `lockPath`.
 *
 * The file holds the owner's pid; the lock of a process that is gone is taken over.
 *
 * @template T
 * @param {string} lockPath - A file that nothing else uses; its folder is made.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withExclusive(lockPath, work) {
  mkdirSync(dirname(lockPath), { recursive: true });
  for (let hasSaid = false; !tryLock(lockPath); await wait(RETRY_MS)) {
    const owner = ownerOf(lockPath);
    if (owner !== undefined && !isRunning(owner)) {
      // Two waiters may both see this and remove: the second then removes a lock just taken. The window is one system call wide,
      // and what the lock guards is put in place by a rename, so the price is doing the work twice.
      rmSync(lockPath, { force: true });
    } else if (!hasSaid) {
      say(`waiting for process ${owner ?? '?'}, which does the same (${lockPath})`);
      hasSaid = true;
    }
  }
  const release = () => rmSync(lockPath, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} lockPath */
function tryLock(lockPath) {
  try {
    writeFileSync(lockPath, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * @param {string} lockPath
 * @returns {number | undefined} `undefined` while the owner is just writing it, or has just released it.
 */
function ownerOf(lockPath) {
  try {
    return Number.parseInt(readFileSync(lockPath, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there, and another user's.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
