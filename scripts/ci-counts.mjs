/**
 * How many passed, failed, were skipped.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/**
 * The counts of a vitest run, from its JSON report. A file that could not be loaded, and an error outside of any test, is one
 * failed each; a run that wrote no report is one failed.
 *
 * @param {string | undefined} json - The report's text, `undefined` when there is none.
 * @returns {Counts}
 */
export function countTests(json) {
  if (json === undefined) return { passed: 0, failed: 1, skipped: 0 };
  /** @type {{ success: boolean, numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
   *   testResults: { status: string, assertionResults: { status: string }[] }[] }} */
  const report = JSON.parse(json);
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !report.success ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * The counts of `npm run check`, from the report that it writes.
 *
 * @param {string | undefined} json
 * @returns {Counts}
 */
export function countChecks(json) {
  if (json === undefined) return { passed: 0, failed: 1, skipped: 0 };
  /** @type {{ passed: number, failed: number }} */
  const report = JSON.parse(json);
  return { ...report, skipped: 0 };
}

/**
 * The closing line, and whether the whole run is good: something ran, nothing failed, nothing was skipped.
 *
 * A command that failed although all that it counted passed is one failed more.
 *
 * @param {readonly { code: number, counts: Counts }[]} parts - `code` is the exit code of the command.
 * @returns {{ line: string, isGood: boolean }}
 */
export function closing(parts) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { code, counts } of parts) {
    total.passed += counts.passed;
    total.failed += code !== 0 && counts.failed === 0 ? 1 : counts.failed;
    total.skipped += counts.skipped;
  }
  const hasRunNothing = parts.some(({ counts }) => counts.passed + counts.failed === 0);
  const line = `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`;
  return { line, isGood: total.failed === 0 && total.skipped === 0 && !hasRunNothing };
}
