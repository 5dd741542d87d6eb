import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../helpers/servers.js';
import { temporalAddress } from '../helpers/temporal.js';
import { copyInto, createPackedProject, packageJson, type PackedProject } from './packed-project.js';

/** Runs on Node 20. */
const JEST = '30.5.2';
const OPTIONAL = new Set(['ioredis', 'pg']);

interface JestReport {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly { readonly message: string }[];
}

describeWith('temporalServer')('everspan/testing under Jest', () => {
  let project: PackedProject;
  beforeAll(async () => {
    const names = Object.keys(packageJson.peerDependencies).filter((name) => !OPTIONAL.has(name));
    const installed = [...names, '@temporalio/testing'].map((name) => [name, packageJson.devDependencies[name] as string]);
    project = await createPackedProject({ ...(Object.fromEntries(installed) as Record<string, string>), jest: JEST });
    copyInto(project, 'jest-project');
    mkdirSync(join(project.folder, 'jest-project', 'cjs'), { recursive: true });
    writeFileSync(join(project.folder, 'jest-project', 'cjs', 'package.json'), JSON.stringify({ type: 'commonjs' }));
    writeFileSync(join(project.folder, 'jest.config.json'), JSON.stringify({ testTimeout: 60_000, injectGlobals: true }));
  }, 300_000);
  afterAll(() => project?.remove());

  test.each([
    ['ESM', 'trace.test.mjs'],
    ['CommonJS', 'trace.test.cjs'],
  ])('tests of a project of %s modules pass', async (_kind, file) => {
    const args = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--json', '--runInBand', file];
    const output = await project.run('node', args, { TEMPORAL_ADDRESS: temporalAddress() });
    const { numPassedTests, numTotalTests, testResults } = JSON.parse(output) as JestReport;
    expect(testResults.map(({ message }) => message)).toEqual(['']);
    expect([numPassedTests, numTotalTests]).toEqual([2, 2]);
  });

  test('a failed expectation shows its own message, and no comparison of values that it does not have', async () => {
    const args = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--runInBand', 'failing.test.mjs'];
    const output = await project.run('node', args).catch((error: Error) => error.message);
    expect(output).toMatch(/a trace that is not there[^]*there are no spans/);
    expect(output).not.toMatch(/Compared values|Received:/);
  });
});
