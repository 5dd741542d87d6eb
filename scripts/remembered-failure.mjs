import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';

const REMEMBERED_MS = 24 * 60 * 60 * 1000;

/**
 * Why `attempt` failed within the last day, so that each run does not wait for it again.
 *
 * @param {string} attempt - A file name.
 * @returns {string | undefined}
 */
export function rememberedFailure(attempt) {
  try {
    /** @type {{ atMs: number, reason: string }} */
    const note = JSON.parse(readFileSync(notePath(attempt), 'utf8'));
    return Date.now() - note.atMs < REMEMBERED_MS ? note.reason : undefined;
  } catch {
    // No note, or one that was cut off while it was written: try again.
    return undefined;
  }
}

/**
 * @param {string} attempt
 * @param {string} reason
 */
export function rememberFailure(attempt, reason) {
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(notePath(attempt), JSON.stringify({ atMs: Date.now(), reason }));
}

/** @param {string} attempt */
export function forgetFailure(attempt) {
  rmSync(notePath(attempt), { force: true });
}

/** @param {string} attempt */
function notePath(attempt) {
  return join(cacheFolder, `${attempt}.failed.json`);
}
