import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const FOLDER = './dist/require/';

/**
 * Writes the files that the `require` conditions of package.json name: a way in for each entry, and none of its code.
 *
 * Node 20.19 and newer requires an ES module, but TypeScript's `module: node16` refuses to: it judges by the package that the declarations belong
 * to. So these files are a CommonJS package of their own, each of them one that passes on the ES module. Copies would not do, neither of the code,
 * which has state, nor of the declarations: a class with private members that is declared twice is two types, and a CommonJS project reaches both,
 * one by `import ... from`, the other by `await import(...)`.
 *
 * @param {Readonly<Record<string, string | { readonly require: { readonly default: string }, readonly default: string }>>} exports - Of package.json.
 * @param {string} dist - Where to write, in place of `./dist`.
 * @throws {Error} for an entry whose condition names another folder.
 */
export function enterByRequire(exports, dist) {
  mkdirSync(join(dist, 'require'), { recursive: true });
  writeFileSync(join(dist, 'require', 'package.json'), '{ "type": "commonjs" }\n');
  for (const [entry, target] of Object.entries(exports)) {
    if (typeof target === 'string') continue;
    const path = target.require.default;
    if (!path.startsWith(FOLDER)) throw new Error(`${entry}: ${path} is not in ${FOLDER}`);
    const file = join(dist, relative('./dist', path));
    const module = relative(dirname(path), target.default);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `module.exports = require('${module}');\n`);
    writeFileSync(file.replace(/\.js$/, '.d.ts'), `// @ts-ignore TS1479: it can be required.\nexport * from '${module}';\n`);
  }
}
