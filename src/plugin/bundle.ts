import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';
import { BUNDLE_SENTINEL } from '../wire/bundle-sentinel.js';

/** Path of the module with our workflow interceptors, as bundlers take it. */
export function workflowInterceptorsPath(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../interceptors/workflow-interceptors.${extension}`, import.meta.url));
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
