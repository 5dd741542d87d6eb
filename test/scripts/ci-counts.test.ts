import { expect, test } from 'vitest';
import { closing, countChecks, countTests } from '../../scripts/ci-counts.mjs';

const passedFile = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const report = {
  success: true,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [passedFile],
};

test.each([
  ['passed tests', report, { passed: 3, failed: 0, skipped: 0 }],
  ['failed tests', { ...report, success: false, numFailedTests: 2 }, { passed: 3, failed: 2, skipped: 0 }],
  ['skipped and planned tests', { ...report, numPendingTests: 1, numTodoTests: 1 }, { passed: 3, failed: 0, skipped: 2 }],
  [
    'a file that could not be loaded',
    { ...report, success: false, testResults: [{ status: 'failed', assertionResults: [] }] },
    { passed: 3, failed: 1, skipped: 0 },
  ],
  ['a failed run whose tests all passed', { ...report, success: false }, { passed: 3, failed: 1, skipped: 0 }],
])('%s are counted', (_what, vitestReport, counts) => {
  expect(countTests(JSON.stringify(vitestReport))).toEqual(counts);
});

test('a command that wrote no report has failed', () => {
  expect(countTests(undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(countChecks(undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

const good = { code: 0, counts: { passed: 4, failed: 0, skipped: 0 } };

test.each([
  ['all is well', [good, good], '8 passed, 0 failed', true],
  ['a test failed', [good, { code: 1, counts: { passed: 1, failed: 2, skipped: 0 } }], '5 passed, 2 failed', false],
  ['a test was skipped', [{ code: 0, counts: { passed: 4, failed: 0, skipped: 1 } }], '4 passed, 0 failed, 1 skipped', false],
  ['a command failed after its tests passed', [good, { ...good, code: 1 }], '8 passed, 1 failed', false],
  ['nothing ran', [good, { code: 0, counts: { passed: 0, failed: 0, skipped: 0 } }], '4 passed, 0 failed', false],
])('the closing line when %s', (_when, parts, line, isGood) => {
  expect(closing(parts)).toEqual({ line, isGood });
});
