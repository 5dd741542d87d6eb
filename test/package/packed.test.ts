import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPackedProject, packageJson, type PackedProject } from './packed-project.js';

const USERS_TYPESCRIPT = '5.9.3';
/** `everspan`, `everspan/workflow`, … as a user writes them. */
const entries = Object.keys(packageJson.exports)
  .filter((subpath) => subpath !== './package.json')
  .map((subpath) => subpath.replace(/^\./, 'everspan'));

/** A class with private members, got both ways that a CommonJS project has: one type. The last line is wrong. */
const BOTH_WAYS = `
import { SpanPipeline, traceActivities } from 'everspan';
import { InMemoryProcessor } from 'everspan/testing';
export async function trace() {
  const everspan = await import('everspan');
  const pipeline: SpanPipeline = new everspan.SpanPipeline({ processors: [new InMemoryProcessor()], resource: {} });
  traceActivities({ async compose() {} }, { pipeline });
  traceActivities('activities', { pipeline });
}`;

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

  // Ours are checked whole once for each way in: that takes as long as all else here.
  test.each([
    ['commonjs', 'commonjs', 'node10', { skipLibCheck: true }],
    ['commonjs', 'node16', 'node16', { skipLibCheck: false }],
    ['commonjs', 'nodenext', 'nodenext', { skipLibCheck: true }],
    ['module', 'nodenext', 'nodenext', { skipLibCheck: false }],
    ['module', 'esnext', 'bundler', { skipLibCheck: true }],
  ])(
    'compiles in a TypeScript project of type %s with module %s and resolution %s',
    async (type, module, moduleResolution, check) => {
      const folder = type === 'commonjs' ? 'cjs' : '.';
      const lines = entries.flatMap((entry, index) => [
        `import * as entry${index} from '${entry}';`,
        `export const names${index}: string[] = Object.keys(entry${index});`,
      ]);
      writeFileSync(join(project.folder, folder, 'main.ts'), [...lines, BOTH_WAYS].join('\n'));
      const compilerOptions = {
        target: 'ES2022',
        module,
        moduleResolution,
        strict: true,
        esModuleInterop: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        types: ['node'],
        ...check,
      };
      // The peers' own declarations are not ours to check, ours are: so the check of libraries is on, and theirs are filtered.
      writeFileSync(join(project.folder, folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
      const tsc = join(project.folder, 'node_modules', '.bin', 'tsc');
      const output = await project.run(tsc, ['-p', folder, '--pretty', 'false']).catch((error: Error) => error.message);
      const complaints = output.split('\n').filter((line) => line.includes('error TS'));
      const ours = complaints.filter((line) => !/node_modules\/(?!everspan\/)/.test(line));
      // The wrong line alone: what is not resolved is `any`, and takes that too.
      expect(ours).toEqual([expect.stringMatching(/main\.ts\(\d+,\d+\): error TS2345/)]);
    },
    240_000,
  );

  test.each([
    ['an ES module', 'workflows.js', "import * as everspan from 'everspan/workflow';\nexport"],
    ['a CommonJS module', 'cjs/workflows.js', "const everspan = require('everspan/workflow');\nexports.main = main;\n"],
  ])('has a workflow entry and interceptors that bundle for the isolate, from %s', async (_type, path, head) => {
    writeFileSync(join(project.folder, path), `${head} async function main() { return Object.keys(everspan); }\n`);
    writeFileSync(
      join(project.folder, 'bundle.js'),
      `import { fileURLToPath } from 'node:url';
       import { bundleWorkflowCode } from '@temporalio/worker';
       const path = (specifier) => fileURLToPath(import.meta.resolve(specifier));
       const { code } = await bundleWorkflowCode({
         workflowsPath: path('./${path}'),
         workflowInterceptorModules: [path('everspan/workflow-interceptors')],
         logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error },
       });
       console.log(code.length > 0 && code.includes('everspan/dist/workflow.js'));`,
    );
    expect(await project.run('node', ['bundle.js'])).toBe('true\n');
  });

  test('has every page that its README, its pages and its declarations point to', async () => {
    const folder = join(project.folder, 'node_modules', 'everspan');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const pointers = files
      .filter((file) => /\.(?:md|d\.ts)$/.test(file) && !file.startsWith('node_modules'))
      .flatMap((file) => {
        const text = readFileSync(join(folder, file), 'utf8');
        const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => join(dirname(file), path));
        return [...links, ...[...text.matchAll(/\bdocs\/[\w./-]+\.md/g)].map(([path]) => path)];
      });
    expect(pointers).toEqual(expect.arrayContaining(['docs/configuration.md', 'docs/attributes.md']));
    expect(pointers.filter((path) => !files.includes(path))).toEqual([]);
  });

  test('has a command line that says what it needs where an optional peer is missing', async () => {
    rmSync(join(project.folder, 'node_modules', '@temporalio', 'envconfig'), { recursive: true });
    const everspan = join(project.folder, 'node_modules', '.bin', 'everspan');
    await expect(project.run(everspan, ['watchdog', 'ensure'])).rejects.toThrow(/the package @temporalio\/envconfig, which/);
    expect(await project.run(everspan, ['--version'])).toMatch(/^\d+\./);
  });
});

/** Names from a JSON list, without the mark that `require` adds to an ES module. */
function exportNames(json: string): string[] {
  return (JSON.parse(json) as string[]).filter((name) => name !== '__esModule');
}
