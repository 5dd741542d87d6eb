import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBlocks } from '../docs/ts-samples.js';
import { describeWith } from '../helpers/servers.js';
import { temporalAddress } from '../helpers/temporal.js';
import { copyInto, createPackedProject, packageJson, type PackedProject, root } from './packed-project.js';

/** Runs on Node 20. */
const JEST = '30.5.2';
/** What docs/testing.md tells a CommonJS project of TypeScript to have. */
const TYPESCRIPT_SUITE = { 'ts-jest': '29.4.15', '@swc/jest': '0.2.39', typescript: '5.9.3' };

interface JestReport {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly { readonly message: string }[];
}

describeWith('temporalServer')('everspan/testing under Jest', () => {
  let project: PackedProject;
  beforeAll(async () => {
    const names = Object.keys(packageJson.peerDependencies).filter(
      (name) => packageJson.peerDependenciesMeta[name] === undefined,
    );
    const installed = [...names, '@temporalio/testing'].map((name) => [name, packageJson.devDependencies[name] as string]);
    project = await createPackedProject({
      ...(Object.fromEntries(installed) as Record<string, string>),
      ...TYPESCRIPT_SUITE,
      jest: JEST,
    });
    copyInto(project, 'jest-project');
    mkdirSync(join(project.folder, 'jest-project', 'cjs'), { recursive: true });
    writeFileSync(join(project.folder, 'jest-project', 'cjs', 'package.json'), JSON.stringify({ type: 'commonjs' }));
    writeFileSync(join(project.folder, 'jest.config.json'), JSON.stringify({ testTimeout: 60_000, injectGlobals: true }));
    writeTypescriptSuite(project);
  }, 300_000);
  afterAll(() => project?.remove());

  test.each([
    ['ESM', 'trace.test.mjs'],
    ['CommonJS', 'trace.test.cjs'],
  ])('tests of a project of %s modules pass', async (_kind, file) => {
    await expectBothPass(['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', 'jest.config.json', file]);
  });

  test('tests of a CommonJS project that ts-jest compiles pass with the set-up of docs/testing.md', async () => {
    await expectBothPass(['node_modules/jest/bin/jest.js', '--config', 'ts-jest-suite/jest.config.js']);
  });

  test('a failed expectation shows its own message, and no comparison of values that it does not have', async () => {
    const args = [
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '--runInBand',
      '--config',
      'jest.config.json',
      'failing.test.mjs',
    ];
    const output = await project.run('node', args).catch((error: Error) => error.message);
    expect(output).toMatch(/a trace that is not there[^]*there are no spans/);
    expect(output).not.toMatch(/Compared values|Received:/);
  });

  async function expectBothPass(args: readonly string[]): Promise<void> {
    const output = await project.run('node', [...args, '--json', '--runInBand'], { TEMPORAL_ADDRESS: temporalAddress() });
    const { numPassedTests, numTotalTests, testResults } = JSON.parse(output) as JestReport;
    expect(testResults.map(({ message }) => message)).toEqual(['']);
    expect([numPassedTests, numTotalTests]).toEqual([2, 2]);
  }
});

/** The page's configuration as it is, and the package.json and compiler options that make it a CommonJS project. */
function writeTypescriptSuite({ folder }: PackedProject): void {
  const suite = join(folder, 'ts-jest-suite');
  cpSync(join(root, 'test', 'fixtures', 'ts-jest-suite'), suite, { recursive: true });
  const [config] = readBlocks(root).filter(({ page, text }) => page === 'docs/testing.md' && text.startsWith('module.exports'));
  writeFileSync(join(suite, 'jest.config.js'), `${config?.text ?? ''}\nmodule.exports.testTimeout = 60_000;\n`);
  writeFileSync(join(suite, 'package.json'), JSON.stringify({ type: 'commonjs' }));
  // Compiled file by file: that the types fit is another test's subject.
  const compilerOptions = { target: 'ES2022', module: 'commonjs', esModuleInterop: true, isolatedModules: true };
  writeFileSync(join(suite, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
}
