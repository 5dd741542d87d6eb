import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { layerViolations } from './tidy/layer-rules.js';
import { entriesOf, reachabilityViolations } from './tidy/reachability.js';
import { readSourceFiles } from './tidy/source-file.js';
import {
  anyViolations,
  bareErrorViolations,
  determinismViolations,
  exemptionViolations,
  exportViolations,
  lengthViolations,
  nameViolations,
} from './tidy/text-rules.js';
import { wordingViolations } from './tidy/wording-rules.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = readSourceFiles(root);

test('the rules see the sources', () => {
  expect(files.map((file) => file.path)).toEqual(
    expect.arrayContaining(['src/span/span.ts', 'test/tidy.test.ts', 'scripts/test.mjs', '.ci/run']),
  );
});

test.each([
  ['imports go only where the layers allow', layerViolations],
  ['no file has more than 400 lines', lengthViolations],
  ['files are named in kebab-case by what is in them', nameViolations],
  ['exports are named one by one', exportViolations],
  ['errors have a class and a code', bareErrorViolations],
  ['every exemption from the linter says why', exemptionViolations],
  ['any is not a type', anyViolations],
  ['isolate-safe code draws nothing and pure code reads no clock', determinismViolations],
  ['the texts speak of the project alone', wordingViolations],
])('%s', (_rule, violations) => {
  expect(files.flatMap((file) => violations(file))).toEqual([]);
});

test('every source is reached from an entry of package.json', () => {
  const packageJson = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as Parameters<typeof entriesOf>[0];
  expect(reachabilityViolations(files, entriesOf(packageJson))).toEqual([]);
});
