import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether `path` is a file that this user may run.
 *
 * @param {string} path
 */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not allowed: for the caller the same.
    return false;
  }
}

/**
 * Absolute path of the program that `name` starts, or `undefined` when PATH has none.
 *
 * @param {string} name
 * @returns {string | undefined}
 */
export function findOnPath(name) {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}
