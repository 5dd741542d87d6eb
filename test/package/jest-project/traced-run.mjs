// What the tests of both module kinds do, told the modules as each of them loads them.
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const workflowsPath = fileURLToPath(new URL('./workflows.js', import.meta.url));

/**
 * Runs one traced workflow on the server at TEMPORAL_ADDRESS. Its spans are in the memory that comes back.
 *
 * @param {{ everspan: typeof import('everspan'), testing: typeof import('everspan/testing'), client: typeof import('@temporalio/client'),
 *   worker: typeof import('@temporalio/worker') }} modules
 */
export async function runTraced({ everspan, testing, client: { Client, Connection }, worker: { NativeConnection, Worker } }) {
  const memory = new testing.InMemoryProcessor();
  const plugin = new everspan.EverspanPlugin({ processors: [memory] });
  const address = process.env['TEMPORAL_ADDRESS'] ?? '';
  const taskQueue = `jest-${randomUUID()}`;
  const connection = await Connection.connect({ address });
  const nativeConnection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection: nativeConnection,
    taskQueue,
    workflowsPath,
    // The module that the test has, so that the activity's own context is the one that everspan sees.
    activities: { double: async (/** @type {number} */ value) => everspan.withSpan('multiply', () => value * 2) },
    plugins: [plugin],
  });
  const client = new Client({ connection, plugins: [plugin] });
  const execution = client.workflow.execute('doubleTwice', { workflowId: taskQueue, taskQueue, args: [21] });
  const result = await worker.runUntil(execution);
  await nativeConnection.close();
  await connection.close();
  await plugin.shutdown();
  return { memory, result };
}

const attempt = { name: 'attempt double', children: [{ name: 'multiply' }] };
/** The trace that such a run has. */
export const EXPECTED_TRACE = {
  name: 'start workflow doubleTwice',
  children: [
    {
      name: 'workflow doubleTwice',
      children: [
        { name: 'activity double', children: [attempt] },
        { name: 'once more', children: [{ name: 'activity double', children: [attempt] }] },
      ],
    },
  ],
};
