import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BundleOptions, WorkerOptions } from '@temporalio/worker';
import { BUNDLE_SENTINEL } from '../wire/bundle-sentinel.js';

type WebpackConfigHook = NonNullable<BundleOptions['webpackConfigHook']>;

/** Path of the module with our workflow interceptors, as bundlers take it. */
export function workflowInterceptorsPath(): string {
  return pathOf('interceptors/workflow-interceptors');
}

function pathOf(moduleName: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../${moduleName}.${extension}`, import.meta.url));
}

/**
 * `hook` of a configuration in which workflow code that imports `everspan` gets `everspan/workflow`.
 *
 * Both have a `withSpan`, and an editor proposes either; the one for activities needs Node's modules, which no workflow can have.
 */
export function withWorkflowEntry(hook: WebpackConfigHook = (config) => config): WebpackConfigHook {
  const path = pathOf('workflow');
  return (config) => {
    const given = config.resolve?.alias;
    const alias = Array.isArray(given)
      ? [...given, { name: 'everspan', alias: path, onlyModule: true }]
      : { ...given, everspan$: path };
    return hook({ ...config, resolve: { ...config.resolve, alias } });
  };
}

/** `modules` with ours, once. */
export function withInterceptorModule(modules: readonly string[] | undefined): string[] {
  const path = workflowInterceptorsPath();
  const given = modules ?? [];
  return given.includes(path) ? [...given] : [...given, path];
}

/** Whether a bundle made beforehand has our interceptors; without them its workflows run, untraced. */
export function hasInterceptors(bundle: NonNullable<WorkerOptions['workflowBundle']>): boolean {
  const code = 'code' in bundle ? bundle.code : readFileSync(bundle.codePath, 'utf8');
  return code.includes(BUNDLE_SENTINEL);
}
