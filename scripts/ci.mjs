/**
 * What `.ci/run` runs: `npm test`, as README has it, and `npm run check`, as on a fresh clone, with every server required. The last line says
 * how many tests and checks passed and failed; the exit code is 0 only when something ran, nothing failed and nothing was skipped.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closing, countChecks, countTests } from './ci-counts.mjs';
import { say } from './progress.mjs';
import { runCommand } from './run-command.mjs';

const LIMIT_MS = 80 * 60 * 1000;

const folder = mkdtempSync(join(tmpdir(), 'everspan-ci-'));
const testReport = join(folder, 'tests.json');
const checkReport = join(folder, 'checks.json');
const env = { CI: 'true', EVERSPAN_CHECK_REPORT: checkReport };
const startedAtMs = Date.now();

const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${testReport}`];
const test = await npm(['test', '--', ...reporters]);
const check = await npm(['run', 'check']);

const { line, isGood } = closing([
  { code: test.code, counts: countTests(read(testReport)) },
  { code: check.code, counts: countChecks(read(checkReport)) },
]);
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${line}\n`);
process.exitCode = isGood ? 0 : 1;

/** @param {readonly string[]} args */
async function npm(args) {
  const name = `npm ${args.slice(0, 2).join(' ').replace(/ --$/, '')}`;
  say(`${name} …`);
  const result = await runCommand('npm', args, {
    env,
    inherit: true,
    timeoutMs: Math.max(1, LIMIT_MS - (Date.now() - startedAtMs)),
  });
  say(
    result.isTimedOut
      ? `${name} was stopped: the whole run may take ${LIMIT_MS / 60_000} minutes`
      : `${name}: code ${result.code}`,
  );
  return result;
}

/** @param {string} path */
function read(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
