import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';
import { say } from './progress.mjs';
import { repositoryRoot } from './repository-root.mjs';
import { runCommand } from './run-command.mjs';
import { provideServers } from './server-environment.mjs';

/**
 * Prepares everything, finds a Temporal server, runs `program` with this process's arguments, and ends as it ends.
 *
 * The program is plain JavaScript, imports `everspan` by name (the build in dist), and finds in its environment either
 * `TEMPORAL_ADDRESS`, a server that runs; or `TEMPORAL_CLI_PATH`, the `temporal` program, which it starts with `startTemporalServer`;
 * or `EVERSPAN_TEST_SERVER_PATH`, the Java test server, which it starts with a port. Where Redis can be had, `REDIS_URL` or
 * `EVERSPAN_TEST_REDIS_PATH` is there as well.
 *
 * @param {string} program - Relative to the repository.
 */
export async function runPrepared(program) {
  const path = join(repositoryRoot, program);
  if (!existsSync(path)) {
    say(`${program} does not exist`);
    process.exit(1);
  }
  await prepare();
  const temporal = await provideServers({ names: ['temporal'] });
  if (temporal.missing.length > 0) process.exit(1);
  // A program says what it does without.
  const redis = await provideServers({ names: ['redis'] });
  const env = { ...temporal.env, ...redis.env };
  const { code } = await runCommand(process.execPath, [path, ...process.argv.slice(2)], { env, inherit: true });
  process.exit(code);
}
