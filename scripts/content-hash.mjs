import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { repositoryRoot } from './repository-root.mjs';

/**
 * SHA-256 over names and contents of files, as hex: changes when one is edited, added, renamed or removed.
 *
 * @param {readonly string[]} paths - Files and folders (whole, recursively), absolute or relative to the repository; one that does
 *   not exist counts as such.
 */
export function contentHash(paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => filesIn(resolve(repositoryRoot, path)))) {
    hash.update(relative(repositoryRoot, file)).update('\0');
    if (existsSync(file)) hash.update(readFileSync(file));
    hash.update('\0');
  }
  return hash.digest('hex');
}

/**
 * Every file below `path`, sorted; `path` itself when it is no folder.
 *
 * @param {string} path
 * @returns {string[]}
 */
export function filesIn(path) {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}
