import { builtinModules } from 'node:module';
import { importsOf } from './imports.js';
import type { SourceFile } from './source-file.js';

/** A folder of src, or a side of one. */
interface Layer {
  readonly name: string;
  readonly files: RegExp;
  /** Layers that it may import, besides itself. `anything` is for what nobody imports. */
  readonly mayImport: readonly string[] | 'anything';
  /** Packages that it may import; any where absent. */
  readonly packages?: readonly string[];
}

const IN_ISOLATE = ['@temporalio/workflow', '@temporalio/common', 'nexus-rpc'];

/** Who may import whom: the picture in docs/architecture.md. The first layer that fits a file is its own. */
const LAYERS: readonly Layer[] = [
  { name: 'span', files: /^src\/span\//, mayImport: [], packages: [] },
  { name: 'wire', files: /^src\/wire\//, mayImport: ['span'], packages: IN_ISOLATE },
  { name: 'operation', files: /^src\/operation\//, mayImport: ['span', 'wire'], packages: [] },
  { name: 'workflows', files: /^src\/workflows\//, mayImport: ['span', 'wire', 'operation'], packages: IN_ISOLATE },
  {
    name: 'interceptors (workflow side)',
    // `workflow-client-…` intercepts the workflow client.
    files: /^src\/interceptors\/workflow-(?!client-)/,
    mayImport: ['span', 'wire', 'workflows'],
    packages: IN_ISOLATE,
  },
  { name: 'processors', files: /^src\/processors\//, mayImport: ['span', 'wire', 'store'] },
  { name: 'state', files: /^src\/state\//, mayImport: ['span', 'wire', 'operation'] },
  { name: 'store', files: /^src\/store\//, mayImport: ['span', 'wire'] },
  { name: 'analysis', files: /^src\/analysis\//, mayImport: ['span', 'wire'], packages: [] },
  { name: 'export', files: /^src\/export\//, mayImport: ['span', 'wire'], packages: [] },
  { name: 'client', files: /^src\/client\//, mayImport: ['wire'] },
  { name: 'activities', files: /^src\/activities\//, mayImport: ['span', 'wire', 'operation', 'processors', 'state'] },
  {
    name: 'interceptors',
    files: /^src\/interceptors\//,
    mayImport: ['span', 'wire', 'operation', 'state', 'workflows', 'processors', 'activities'],
  },
  {
    name: 'operations',
    files: /^src\/operations\//,
    mayImport: ['span', 'wire', 'operation', 'state', 'activities', 'interceptors'],
  },
  {
    name: 'watchdog',
    files: /^src\/watchdog\//,
    // Of `workflows` what makes a run's root span, which it makes anew from history.
    mayImport: ['span', 'wire', 'operation', 'workflows', 'processors', 'activities', 'state'],
  },
  {
    name: 'artefacts',
    // Tasks are spans of a process, in the trace of the activity that they run in.
    files: /^src\/artefacts\//,
    mayImport: ['span', 'wire', 'workflows', 'processors', 'activities', 'interceptors'],
  },
  { name: 'server', files: /^src\/server\//, mayImport: 'anything' },
  { name: 'web', files: /^src\/web\//, mayImport: 'anything' },
  { name: 'cli', files: /^src\/cli\//, mayImport: 'anything' },
  {
    name: 'workflow entry',
    files: /^src\/workflow\.ts$/,
    mayImport: ['span', 'wire', 'operation', 'workflows'],
    packages: IN_ISOLATE,
  },
  { name: 'entry', files: /^src\/(?:[^/]+|(?:plugin|testing)\/.+)$/, mayImport: 'anything' },
];
const IMPORTED_BY_NOBODY = new Set(['server', 'web', 'cli', 'entry', 'workflow entry']);
/** These import one another: an entry is wired from a plugin, the server serves the pages. */
const MAY_IMPORT_EACH_OTHER = new Set(['entry', 'server', 'web', 'cli']);

/** Each import of `file` that crosses the layers the wrong way, and its packages that do not belong where it runs. */
export function layerViolations(file: SourceFile): string[] {
  if (!/^src\/.*\.ts$/.test(file.path)) return [];
  const layer = layerOf(file.path);
  if (layer === undefined) return [`${file.path}: its folder is in no layer; give it one in test/tidy/layer-rules.ts`];
  return importsOf(file).flatMap((target) => {
    const reason = target.startsWith('src/') ? wrongLayer(layer, target) : wrongPackage(layer, target);
    return reason === undefined ? [] : [`${file.path}: ${reason}`];
  });
}

function wrongLayer(layer: Layer, target: string): string | undefined {
  const other = layerOf(target);
  if (other === undefined || other === layer) return undefined;
  if (IMPORTED_BY_NOBODY.has(other.name)) {
    if (MAY_IMPORT_EACH_OTHER.has(layer.name)) return undefined;
    return `${target} is of ${other.name}, which nobody imports`;
  }
  if (layer.mayImport === 'anything' || layer.mayImport.includes(other.name)) return undefined;
  return `${layer.name} may not import ${other.name} (${target})`;
}

function wrongPackage(layer: Layer, specifier: string): string | undefined {
  const name = specifier.replace(/^node:/, '');
  const isBuiltin = specifier.startsWith('node:') || builtinModules.includes(name.split('/')[0] as string);
  if (layer.packages === undefined) {
    return isBuiltin && !specifier.startsWith('node:') ? `write node:${name}` : undefined;
  }
  if (isBuiltin) return `${layer.name} runs in the workflow isolate, which has no ${specifier}`;
  return layer.packages.some((allowed) => name === allowed || name.startsWith(`${allowed}/`))
    ? undefined
    : `${layer.name} may not import the package ${specifier}`;
}

function layerOf(path: string): Layer | undefined {
  return LAYERS.find((layer) => layer.files.test(path));
}
