import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withExclusive } from './exclusive.mjs';
import { say, withProgress } from './progress.mjs';
import { forgetFailure, rememberedFailure, rememberFailure } from './remembered-failure.mjs';
import { runCommand } from './run-command.mjs';

const PATIENCE_MS = 20_000;
const NOTE = 'sdk-download';

/**
 * Has Temporal's SDK download a server to `targetPath`; false when it cannot be had, which is then not tried again for a day.
 *
 * Gives up after 20 s without a byte: behind a firewall the SDK would wait for minutes.
 *
 * @param {'dev-server' | 'time-skipping'} kind
 * @param {string} version - As the SDK's download service names it, such as `v1.5.1` or `default`.
 * @param {string} targetPath
 * @returns {Promise<boolean>}
 */
export async function downloadWithSdk(kind, version, targetPath) {
  if (rememberedFailure(NOTE) !== undefined) return false;
  const folder = `${dirname(targetPath)}.download`;
  return withExclusive(`${folder}.lock`, async () => {
    if (existsSync(targetPath)) return true;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    try {
      const { code, output, isTimedOut } = await withProgress(
        `ask Temporal's SDK for its download of the ${kind === 'dev-server' ? 'Temporal' : 'time-skipping'} server`,
        () =>
          runCommand(process.execPath, [fileURLToPath(import.meta.url), kind, version, folder], {
            timeoutMs: PATIENCE_MS,
            isStillAllowed: () => readdirSync(folder).length > 0,
          }),
      );
      const downloaded = readdirSync(folder).find((name) => !name.endsWith('.downloading'));
      if (code !== 0 || downloaded === undefined) {
        rememberFailure(NOTE, isTimedOut ? `no answer within ${PATIENCE_MS / 1000} s` : output.slice(-500));
        say('the SDK could not download it; this is not tried again for a day');
        return false;
      }
      mkdirSync(dirname(targetPath), { recursive: true });
      renameSync(join(folder, downloaded), targetPath);
      forgetFailure(NOTE);
      return true;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

// As a program: downloads, starts the server once, ends. In a process of its own, because the SDK's download cannot be cancelled.
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [kind, version, downloadDir] = process.argv.slice(2);
  if (version === undefined || downloadDir === undefined)
    throw new Error(`usage: ${basename(process.argv[1])} KIND VERSION FOLDER`);
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const options = { server: { executable: { type: /** @type {const} */ ('cached-download'), version, downloadDir } } };
  const environment = await (kind === 'dev-server'
    ? TestWorkflowEnvironment.createLocal(options)
    : TestWorkflowEnvironment.createTimeSkipping(options));
  await environment.teardown();
}
