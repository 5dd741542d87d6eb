import { TestWorkflowEnvironment } from '@temporalio/testing';
import { startTemporalServer } from '../../scripts/start-temporal-server.mjs';

/**
 * The Temporal server that the environment names: one that runs (`TEMPORAL_ADDRESS`), or one that is started for this process, from the
 * `temporal` program (`TEMPORAL_CLI_PATH`) or the Java test server (`EVERSPAN_TEST_SERVER_PATH`).
 *
 * @returns {Promise<{ address: string, hasSchedules: boolean, stop: () => Promise<void> }>}
 */
export async function provideTemporalServer() {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_CLI_PATH: path, EVERSPAN_TEST_SERVER_PATH: javaPath = '' } = process.env;
  if (address) return { address, hasSchedules: true, stop: async () => {} };
  if (path) return { ...(await startTemporalServer(path)), hasSchedules: true };
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: javaPath } },
  });
  return { address: environment.address, hasSchedules: false, stop: () => environment.teardown() };
}
