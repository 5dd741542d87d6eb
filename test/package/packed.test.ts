import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPackedProject, packageJson, type PackedProject } from './packed-project.js';

const USERS_TYPESCRIPT = '5.9.3';
/** `everspan`, `everspan/workflow`, … as a user writes them. */
const entries = Object.keys(packageJson.exports)
  .filter((subpath) => subpath !== './package.json')
  .map((subpath) => subpath.replace(/^\./, 'everspan'));

let project: PackedProject;

beforeAll(async () => {
  const peers = Object.keys(packageJson.peerDependencies).map((name) => [name, packageJson.devDependencies[name]]);
  const types = packageJson.devDependencies['@types/node'] as string;
  const packages = Object.fromEntries(peers) as Record<string, string>;
  project = await createPackedProject({ ...packages, typescript: USERS_TYPESCRIPT, '@types/node': types });
  mkdirSync(join(project.folder, 'cjs'));
  writeFileSync(join(project.folder, 'cjs', 'package.json'), JSON.stringify({ type: 'commonjs' }));
}, 300_000);

afterAll(() => project?.remove());

describe('the packed package, installed in an empty project', () => {
  test.each(entries)('gives %s the same exports by import and by require', async (entry) => {
    const print = 'console.log(JSON.stringify(Object.keys(entry).sort()))';
    const byImport = await project.run('node', ['--input-type=module', '-e', `import * as entry from '${entry}'; ${print}`]);
    const byRequire = await project.run('node', ['--input-type=commonjs', '-e', `const entry = require('${entry}'); ${print}`]);
    expect(exportNames(byImport).length).toBeGreaterThan(0);
    expect(exportNames(byRequire)).toEqual(exportNames(byImport));
  });

  test.each([
    ['commonjs', 'cjs'],
    ['module', '.'],
  ])('compiles in a TypeScript project of type %s', async (_type, folder) => {
    const lines = entries.flatMap((entry, index) => [
      `import * as entry${index} from '${entry}';`,
      `export const names${index}: string[] = Object.keys(entry${index});`,
    ]);
    writeFileSync(join(project.folder, folder, 'main.ts'), lines.join('\n'));
    const compilerOptions = {
      target: 'ES2022',
      module: 'NodeNext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      types: ['node'],
      skipLibCheck: false,
    };
    // The peers' own declarations are not ours to check, ours are: so the check of libraries is on, and theirs are filtered.
    writeFileSync(join(project.folder, folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
    const tsc = join(project.folder, 'node_modules', '.bin', 'tsc');
    const output = await project.run(tsc, ['-p', folder, '--pretty', 'false']).catch((error: Error) => error.message);
    const complaints = output.split('\n').filter((line) => line.includes('error TS'));
    expect(complaints.filter((line) => !/node_modules\/(?!everspan\/)/.test(line))).toEqual([]);
  });

  test('has a workflow entry and interceptors that bundle for the isolate', async () => {
    writeFileSync(
      join(project.folder, 'workflows.js'),
      "import * as everspan from 'everspan/workflow';\nexport async function main() { return Object.keys(everspan); }\n",
    );
    writeFileSync(
      join(project.folder, 'bundle.js'),
      `import { fileURLToPath } from 'node:url';
       import { bundleWorkflowCode } from '@temporalio/worker';
       const path = (specifier) => fileURLToPath(import.meta.resolve(specifier));
       const { code } = await bundleWorkflowCode({
         workflowsPath: path('./workflows.js'),
         workflowInterceptorModules: [path('everspan/workflow-interceptors')],
         logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error },
       });
       console.log(code.length > 0 && code.includes('everspan/dist/workflow.js'));`,
    );
    expect(await project.run('node', ['bundle.js'])).toBe('true\n');
  });
});

/** Names from a JSON list, without the mark that `require` adds to an ES module. */
function exportNames(json: string): string[] {
  return (JSON.parse(json) as string[]).filter((name) => name !== '__esModule');
}
