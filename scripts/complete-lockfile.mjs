/**
 * Gives package-lock.json an entry for every platform's optional packages, and says which it added.
 *
 * npm leaves a package out of the lock file when the registry it asked had not yet published that platform's build; `npm ci` then
 * refuses to install, here and on the platform that would need it. The entries added carry version and platform, which is what
 * `npm ci` needs to skip them elsewhere and to fetch them there. Run it after each `npm install` that changes the lock file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from './repository-root.mjs';

/**
 * @typedef {{ version?: string, optionalDependencies?: Record<string, string>, [field: string]: unknown }} LockEntry
 * @typedef {{ packages: Record<string, LockEntry> }} Lock
 */

/** @type {Record<string, string>} */
const OPERATING_SYSTEMS = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  openharmony: 'openharmony',
  win32: 'win32',
};
const PROCESSORS = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'];

/**
 * The optional packages that `lock` names and has no entry for, by the path of their entry.
 *
 * @param {Lock} lock
 * @returns {Map<string, LockEntry>}
 * @throws {Error} when a missing package's name does not say its platform: that one needs a hand.
 */
export function missingEntries(lock) {
  /** @type {Map<string, LockEntry>} */
  const missing = new Map();
  for (const [parentPath, parent] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (isResolvable(lock, parentPath, name)) continue;
      missing.set(`node_modules/${name}`, platformEntry(name, version, parent));
    }
  }
  return missing;
}

/**
 * Whether Node's lookup from `parentPath` finds an entry for `name`.
 *
 * @param {Lock} lock
 * @param {string} parentPath
 * @param {string} name
 */
function isResolvable(lock, parentPath, name) {
  for (let folder = parentPath; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (lock.packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
  }
}

/**
 * @param {string} name
 * @param {string} version
 * @param {LockEntry} parent
 * @returns {LockEntry}
 */
function platformEntry(name, version, parent) {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const os = words.map((word) => OPERATING_SYSTEMS[word]).find((word) => word !== undefined);
  const cpu = words.find((word) => PROCESSORS.includes(word));
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(`package-lock.json lacks ${name}@${version}, and its name does not say its platform: add the entry by hand`);
  }
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined;
  /** @type {LockEntry} */
  const entry = { version, cpu: [cpu] };
  for (const flag of ['dev', 'devOptional', 'peer']) if (parent[flag] === true) entry[flag] = true;
  if (libc !== undefined && os === 'linux') entry['libc'] = [libc];
  entry['optional'] = true;
  entry['os'] = [os];
  return entry;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const path = join(repositoryRoot, 'package-lock.json');
  /** @type {Lock} */
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  const missing = missingEntries(lock);
  for (const [entryPath, entry] of missing) lock.packages[entryPath] = entry;
  const [root, ...others] = Object.entries(lock.packages);
  if (missing.size > 0 && root !== undefined) {
    others.sort(([left], [right]) => left.localeCompare(right, 'en'));
    lock.packages = Object.fromEntries([root, ...others]);
    writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`);
  }
  process.stdout.write(`package-lock.json: ${missing.size} platform packages added\n`);
}
