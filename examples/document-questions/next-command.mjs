import { join, relative } from 'node:path';

/**
 * Prints the command that shows where the time of the run went, as it can be pasted into the shell that the demo runs in.
 *
 * @param {string} workflowId
 * @param {string} storePath
 * @param {string} repository
 */
export function printNextCommand(workflowId, storePath, repository) {
  const fromHere = (/** @type {string} */ path) => relative(process.cwd(), path);
  const program = fromHere(join(repository, 'dist', 'cli', 'main.js'));
  const command = `node ${program} trace analyze ${workflowId} -f critical-path --store ${fromHere(storePath)}`;
  console.log(`\nwhere the time went:\n  ${command}`);
}
