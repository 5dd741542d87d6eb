import { TestWorkflowEnvironment } from '@temporalio/testing';
import { devServerArguments } from './dev-server-arguments.mjs';

const START_ATTEMPTS = 3;

/**
 * The Temporal server that the environment names (see server-environment.mjs): one that runs, or one that is started for this process.
 *
 * @returns {Promise<{ address: string, stop: () => Promise<void> }>}
 */
export async function startTemporalServer() {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_CLI_PATH: path, EVERSPAN_TEST_SERVER_PATH: javaPath } = process.env;
  if (address) return { address, stop: async () => {} };
  const environment = await retrying(() =>
    path
      ? TestWorkflowEnvironment.createLocal({
          server: { executable: { type: 'existing-path', path }, extraArgs: devServerArguments, log: { format: 'pretty', level: 'never' } },
        })
      : TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path: javaPath ?? '' } } }),
  );
  return { address: environment.address, stop: () => environment.teardown() };
}

/**
 * The SDK waits five seconds; the first start of a large binary on a busy machine takes longer.
 *
 * @template T
 * @param {() => Promise<T>} start
 * @returns {Promise<T>}
 */
async function retrying(start) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}
