import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Block, readBlocks } from './ts-samples.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const blocks = readBlocks(root);
const samples = blocks.filter(({ language }) => language === 'ts');
/** In the same run as all others, so that a run which checks nothing is noticed. */
const WRONG: Block = {
  page: 'wrong.md',
  line: 3,
  language: 'ts',
  text: "import { EverspanPlugin } from 'everspan';\nnew EverspanPlugin({ noSuchOption: true });",
};

let folder: string;
let errors: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'everspan-samples-'));
  errors = await compile([...samples, WRONG]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every sample in the documentation compiles, as a module of its own', () => {
  expect(samples.length).toBeGreaterThan(10);
  expect(errors.filter((error) => !error.startsWith(WRONG.page))).toEqual([]);
});

test('a sample that is wrong is found, with its page and line', () => {
  expect(errors.filter((error) => error.startsWith(WRONG.page))).toEqual([
    expect.stringMatching(/^wrong\.md:4: .*'noSuchOption' does not exist/),
  ]);
});

test('a block of code is marked as `ts` and as nothing else', () => {
  const known = new Set(['', 'mermaid', 'text', 'ts']);
  expect(blocks.filter(({ language }) => !known.has(language)).map(({ page, line }) => `${page}:${line}`)).toEqual([]);
  const unmarked = blocks.filter(({ language, text }) => language !== 'ts' && /^(?:import|export|const|await) /m.test(text));
  expect(unmarked.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
});

/**
 * Type-checks all of them in one run, against the sources.
 *
 * What a sample takes from a package it has to import. Names that are the reader's own are declared in test/fixtures/docs/names.d.ts.
 *
 * @returns Each error as `page:line: text`.
 */
async function compile(modules: readonly Block[]): Promise<string[]> {
  for (const { page, line, text } of modules) {
    const path = join(folder, `${page}.${line}.ts`);
    mkdirSync(dirname(path), { recursive: true });
    // The line numbers of the page, and a module even where nothing is imported.
    writeFileSync(path, `${'\n'.repeat(line - 1)}${text}\nexport {};\n`);
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const config = {
    extends: join(root, 'tsconfig.json'),
    // Samples leave what they make to the reader, whose compiler has its own view of `process.env.NAME`.
    compilerOptions: { noUnusedLocals: false, noPropertyAccessFromIndexSignature: false, paths: entries() },
    files: [join(root, 'test/fixtures/docs/names.d.ts')],
    include: ['**/*.md.*.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const output = await new Promise<string>((resolve) => {
    execFile(join(root, 'node_modules', '.bin', 'tsc'), ['-p', '.', '--pretty', 'false'], { cwd: folder }, (_failed, stdout) =>
      resolve(stdout),
    );
  });
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^(.*\.md)\.\d+\.ts\((\d+),\d+\): /, '$1:$2: '));
}

/** The entries of package.json, at their sources. */
function entries(): Record<string, string[]> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(exports).flatMap(([entry, target]) => {
      const { types } = target as { types?: string };
      if (types === undefined) return [];
      const source = types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts');
      return [[entry.replace('.', 'everspan'), [join(root, source)]]];
    }),
  );
}
