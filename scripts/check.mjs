/**
 * `npm run check`: prepares everything and runs every check, also after one has failed.
 *
 * Where `EVERSPAN_CHECK_REPORT` names a file, the counts go there as JSON: `{"passed":8,"failed":0}`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKS } from './checks.mjs';
import { prepare } from './prepare.mjs';
import { say } from './progress.mjs';
import { repositoryRoot } from './repository-root.mjs';
import { runCommand } from './run-command.mjs';

await prepare();
/** @type {string[]} */
const failed = [];
for (const { name, program, args } of CHECKS) {
  const startedAtMs = Date.now();
  const { code, output } = await runCommand(join(repositoryRoot, 'node_modules', '.bin', program), args);
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${program}, ${seconds} s)`);
  if (code === 0) continue;
  failed.push(name);
  process.stderr.write(`${output}\n`);
}
const report = process.env['EVERSPAN_CHECK_REPORT'];
if (report !== undefined) writeFileSync(report, JSON.stringify({ passed: CHECKS.length - failed.length, failed: failed.length }));
say(
  failed.length === 0
    ? `${CHECKS.length} checks passed`
    : `${failed.length} of ${CHECKS.length} checks failed: ${failed.join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
