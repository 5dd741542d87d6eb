import { importsOf } from './imports.js';
import type { SourceFile } from './source-file.js';

interface PackageJson {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/** Sources of the package's entries, from its `exports` and `bin`: `dist/a.js` comes from `src/a.ts`. */
export function entriesOf(packageJson: PackageJson): string[] {
  const targets = Object.values(packageJson.exports).map((target) => (typeof target === 'string' ? target : target.default));
  return [...targets, ...Object.values(packageJson.bin ?? {})]
    .filter((target) => target.endsWith('.js'))
    .map((target) => target.replace(/^(?:\.\/)?dist\/(.*)\.js$/, 'src/$1.ts'));
}

/** Entries that have no source, and sources that no entry reaches by imports. Files named by a URL are reached by `new URL('./x.js'`. */
export function reachabilityViolations(files: readonly SourceFile[], entries: readonly string[]): string[] {
  const sources = new Map(files.filter((file) => /^src\/.*\.ts$/.test(file.path)).map((file) => [file.path, file]));
  const missing = entries
    .filter((entry) => !sources.has(entry))
    .map((entry) => `${entry}: an entry of package.json without a source`);
  const reached = new Set<string>();
  const pending = [...entries];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const file = sources.get(path);
    if (file === undefined || reached.has(path)) continue;
    reached.add(path);
    pending.push(...importsOf(file), ...importsOf({ path, text: urlsAsImports(file.text) }));
  }
  const lost = [...sources.keys()].filter((path) => !reached.has(path));
  return [...missing, ...lost.map((path) => `${path}: no entry of package.json leads to it`)];
}

function urlsAsImports(text: string): string {
  return [...text.matchAll(/new URL\(\s*'([^']+)',\s*import\.meta\.url/g)]
    .map((match) => `import '${match[1] as string}';`)
    .join('\n');
}
