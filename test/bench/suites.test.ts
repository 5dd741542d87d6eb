import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseSuites, SUITES } from '../../bench/suites.mjs';
import { repositoryRoot } from '../../scripts/repository-root.mjs';

const programs = (args: readonly string[]) => chooseSuites(args).suites.map(({ program }) => program);

test('every suite has its program', () => {
  for (const { program } of SUITES.values()) expect(existsSync(join(repositoryRoot, program)), program).toBe(true);
});

test('without a name the tracing benchmark runs, with all options', () => {
  expect(programs([])).toEqual(['bench/main.mjs']);
  expect(chooseSuites(['--quick', '--only', 'one,everspan-auto'])).toMatchObject({
    suites: [{ program: 'bench/main.mjs' }],
    options: ['--quick', '--only', 'one,everspan-auto'],
  });
});

test('names come first, each once; an option ends them', () => {
  const chosen = chooseSuites(['analysis', 'analysis', '--only', 'tracing']);
  expect(chosen).toMatchObject({ suites: [{ program: 'bench/analysis/main.mjs' }], options: ['--only', 'tracing'], unknown: [] });
});

test('a name that is none is told', () => {
  expect(chooseSuites(['anlaysis'])).toMatchObject({ suites: [], unknown: ['anlaysis'] });
});
