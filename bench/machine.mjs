import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem, type } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Where it was measured. No name of the machine, nothing of who owns it.
 *
 * @typedef {{ cpu: string, cores: number, memoryGb: number, system: string, node: string }} Machine
 */

/** @returns {Machine} */
export function describeMachine() {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() || 'an unnamed processor',
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
  };
}

const PACKAGES = [
  '@temporalio/worker',
  '@temporalio/interceptors-opentelemetry',
  '@temporalio/interceptors-opentelemetry-v2',
  '@opentelemetry/api',
];

/** Versions of what is compared, by package. */
export function installedVersions() {
  const require = createRequire(import.meta.url);
  const versions = PACKAGES.map((name) => [name, versionIn(require.resolve(name), name)]);
  // The SDK that each of the interceptors brings.
  const sdks = PACKAGES.filter((name) => name.includes('interceptors')).map((name) => {
    const path = createRequire(require.resolve(name)).resolve('@opentelemetry/sdk-trace-base');
    return [
      `@opentelemetry/sdk-trace-base (of ${name.endsWith('v2') ? 'v2' : 'v1'})`,
      versionIn(path, '@opentelemetry/sdk-trace-base'),
    ];
  });
  return /** @type {Record<string, string>} */ (Object.fromEntries([...versions, ...sdks]));
}

// Not every package lets its package.json be imported by name.
/** @param {string} path - A file somewhere in the package. @param {string} name @returns {string} */
function versionIn(path, name) {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const found = /** @type {{ name?: string, version: string }} */ (
        JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      );
      if (found.name === name) return found.version;
    } catch {
      // No package.json here: further up.
    }
  }
  return 'of unknown version';
}
