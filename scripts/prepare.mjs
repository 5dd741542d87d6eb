import { buildWhenStale } from './build.mjs';
import { nodeTooOldLine } from './check-node.mjs';
import { installDependencies } from './install-dependencies.mjs';
import { say } from './progress.mjs';

/**
 * Makes the repository ready to run: Node's version, dependencies, build. Does only what is not done yet.
 *
 * Ends the process with one clear line, or the failing tool's own output, when it cannot.
 */
export async function prepare() {
  const tooOld = nodeTooOldLine(process.versions.node);
  if (tooOld !== undefined) {
    say(tooOld);
    process.exit(1);
  }
  try {
    await installDependencies();
    await buildWhenStale();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
