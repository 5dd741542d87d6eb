import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { EverspanPlugin } from 'everspan';

/** @typedef {import('./variants.mjs').Variant['tracing']} TracingKind */

/**
 * The workflows' code with one kind of tracing in it. `codeBytes` leaves out the source map that the SDK appends.
 *
 * @typedef {{ path: string, codeBytes: number, wholeBytes: number }} Bundle
 */

const require = createRequire(import.meta.url);
const WORKFLOWS = fileURLToPath(new URL('./workflows.mjs', import.meta.url));
/** @type {Record<TracingKind, { modules?: string[], plugins?: EverspanPlugin[] }>} */
const WAYS = {
  untraced: {},
  everspan: { plugins: [new EverspanPlugin({ processors: [neverCalled()] })] },
  'otel-v1': { modules: [require.resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors')] },
  'otel-v2': { modules: [require.resolve('@temporalio/interceptors-opentelemetry-v2/lib/workflow-interceptors')] },
  awaited: { modules: [fileURLToPath(new URL('./awaited-interceptors.mjs', import.meta.url))] },
};

/**
 * Bundles the workflows for each of `kinds`, once for all workers of that kind.
 *
 * @param {readonly TracingKind[]} kinds
 * @param {string} folder
 * @returns {Promise<Map<TracingKind, Bundle>>}
 */
export async function makeBundles(kinds, folder) {
  /** @type {Map<TracingKind, Bundle>} */
  const bundles = new Map();
  for (const kind of kinds) {
    const { modules, plugins } = WAYS[kind];
    const { code } = await bundleWorkflowCode({
      workflowsPath: WORKFLOWS,
      logger: new DefaultLogger('ERROR'),
      ...(modules === undefined ? {} : { workflowInterceptorModules: modules }),
      ...(plugins === undefined ? {} : { plugins }),
    });
    const path = join(folder, `bundle-${kind}.js`);
    writeFileSync(path, code);
    const mapAt = code.lastIndexOf('//# sourceMappingURL=data:');
    const wholeBytes = Buffer.byteLength(code);
    bundles.set(kind, { path, wholeBytes, codeBytes: mapAt === -1 ? wholeBytes : Buffer.byteLength(code.slice(0, mapAt)) });
  }
  return bundles;
}

/** @returns {import('everspan/processors').SpanProcessor} */
function neverCalled() {
  return { name: 'none', start: async () => {}, end: async () => {}, shutdown: async () => {} };
}
