// A worker and a client with the plugin as it is when nobody says anything: one workflow, then the process ends.
//
//   node test/integration/default-set-up-main.mjs <address> <task queue> <path of the workflows> <name of the workflow>
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { EverspanPlugin } from 'everspan';

const [address = '', taskQueue = '', workflowsPath = '', workflow = ''] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger('ERROR') });
const everspan = new EverspanPlugin();
const connection = await Connection.connect({ address });
const client = new Client({ connection, plugins: [everspan] });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowsPath,
  activities: { step: async (/** @type {number} */ value) => value },
  plugins: [everspan],
});
await worker.runUntil(client.workflow.execute(workflow, { taskQueue, workflowId: taskQueue, args: [1] }));
await everspan.shutdown();
await connection.close();
process.exit(0);
