import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Entries of the package that run inside Temporal's workflow isolate, relative to dist. */
const ENTRIES = ['workflow', 'interceptors/workflow-interceptors'];

/**
 * Puts the code of the isolate into one file, without comments and white space, in place of what the compiler made of its entries.
 *
 * The SDK runs each module of a bundle anew for every workflow, and webpack wraps each of them: a score of modules made the bundle twice as
 * large, and each workflow pay for them. Names of functions and classes stay, so that a stack trace can be read.
 *
 * @param {string} dist - What the compiler made.
 */
export async function bundleIsolate(dist) {
  const entries = ENTRIES.filter((name) => existsSync(join(dist, `${name}.js`)));
  if (entries.length === 0) return;
  // Not at the top: this file is loaded before the dependencies are installed.
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(dist, `${name}.js`)])),
    external: [/^@temporalio\//],
  });
  for (const name of entries) rmSync(join(dist, `${name}.js.map`), { force: true });
  await bundle.write({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'isolate.js',
    comments: false,
    minify: { compress: true, mangle: { keepNames: true }, codegen: { removeWhitespace: true } },
  });
  await bundle.close();
}
