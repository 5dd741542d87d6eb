import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker';

let bundle: Promise<NonNullable<WorkerOptions['workflowBundle']>> | undefined;

/**
 * The watchdog's workflow, ready to run: the bundle that the package brings where it was made with the installed version of the SDK, which must be
 * the same, else one that is made now, in seconds, once a process.
 */
export function watchdogBundle(): Promise<NonNullable<WorkerOptions['workflowBundle']>> {
  bundle ??= findOrMake();
  return bundle;
}

async function findOrMake(): Promise<NonNullable<WorkerOptions['workflowBundle']>> {
  const codePath = fileURLToPath(new URL('../watchdog-bundle.js', import.meta.url));
  // The build writes the version of the SDK into the first line.
  if (existsSync(codePath) && readFileSync(codePath, 'utf8').startsWith(`// ${installedSdk()}\n`)) return { codePath };
  const builtPath = fileURLToPath(new URL('../workflows/watchdog-workflow.js', import.meta.url));
  return bundleWorkflowCode({
    workflowsPath: import.meta.url.endsWith('.ts') ? builtPath.replace(/js$/, 'ts') : builtPath,
    logger: new DefaultLogger('ERROR'),
  });
}

function installedSdk(): string {
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string };
  return `@temporalio/worker ${version}`;
}
