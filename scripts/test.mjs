/**
 * `npm test`: prepares everything, finds the servers, runs vitest with the arguments given (`npm test -- test/span`).
 *
 * Where `CI` is set, a server that cannot be had is a failure; else the tests that need it are skipped.
 */
import { join } from 'node:path';
import { prepare } from './prepare.mjs';
import { say } from './progress.mjs';
import { repositoryRoot } from './repository-root.mjs';
import { runCommand } from './run-command.mjs';
import { provideServers } from './server-environment.mjs';

await prepare();
const { env, missing } = await provideServers({ names: ['temporal', 'time-skipping', 'redis', 'postgres', 'python'] });
if (env['EVERSPAN_TEST_SERVER_PATH'] !== undefined) {
  const line =
    'the Java test server lacks what the tests need: install Go (the Temporal server is then built once), or set TEMPORAL_CLI_PATH';
  say(line);
  missing.push(line);
}
if (process.env['CI'] && missing.length > 0) {
  say('CI is set, so a missing server is a failure');
  process.exit(1);
}
const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
const { code } = await runCommand(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { env, inherit: true });
process.exit(code);
