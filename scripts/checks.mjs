/**
 * Everything that is checked besides the tests' behaviour: one program each, from node_modules/.bin.
 *
 * @type {readonly { name: string, program: string, args: readonly string[] }[]}
 */
export const CHECKS = [
  { name: 'types', program: 'tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'types of isolate-safe code', program: 'tsc', args: ['-p', 'tsconfig.isolate.json'] },
  { name: 'lint', program: 'oxlint', args: [] },
  { name: 'format', program: 'biome', args: ['format', '.'] },
  { name: 'tidy', program: 'vitest', args: ['run', '--project', 'unit', 'test/tidy.test.ts', 'test/lockfile.test.ts'] },
  { name: 'unused code and dependencies', program: 'knip', args: [] },
  { name: 'package contents', program: 'publint', args: ['--strict'] },
  { name: 'package types', program: 'attw', args: ['--pack', '.'] },
];
