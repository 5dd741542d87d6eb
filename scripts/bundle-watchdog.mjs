import { createRequire } from 'node:module';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root.mjs';

const EMPTY_MAP = Buffer.from(JSON.stringify({ version: 3, sources: [], names: [], mappings: '' })).toString('base64');

/**
 * Bundles the watchdog's workflow, so that a worker with a watchdog starts without webpack. Its first line says which version of the SDK it was made
 * with: only that one may run it.
 *
 * @param {string} dist - What the compiler made.
 */
export async function bundleWatchdog(dist) {
  const workflowsPath = join(dist, 'workflows', 'watchdog-workflow.js');
  if (!existsSync(workflowsPath)) return;
  // Not at the top: this file is loaded before the dependencies are installed.
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json');
  // The map is twice as large as the code, and both name folders of the machine that built it. The SDK wants to find one: an empty one will do.
  const withoutMap = code
    .slice(0, code.lastIndexOf('//# sourceMappingURL='))
    .replaceAll(dist, 'everspan')
    .replaceAll(`${repositoryRoot}/`, '');
  const bare = `${withoutMap}//# sourceMappingURL=data:application/json;base64,${EMPTY_MAP}\n`;
  writeFileSync(join(dist, 'watchdog-bundle.js'), `// @temporalio/worker ${version}\n${bare}`);
}
