/** Runs one traced workflow on the server at TEMPORAL_ADDRESS with the peers that are installed here, and prints what came of it as JSON. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { EverspanPlugin } from 'everspan';
import { InMemoryProcessor } from 'everspan/testing';

const address = process.env['TEMPORAL_ADDRESS'];
if (address === undefined) throw new Error('TEMPORAL_ADDRESS is not set');
Runtime.install({ logger: new DefaultLogger('WARN') });

const memory = new InMemoryProcessor();
const everspan = new EverspanPlugin({ processors: [memory] });
const taskQueue = `peers-${randomUUID()}`;
const connection = await Connection.connect({ address });
const nativeConnection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection: nativeConnection,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./workflows.js', import.meta.url)),
  activities: { double: async (/** @type {number} */ value) => value * 2 },
  plugins: [everspan],
});
const client = new Client({ connection, plugins: [everspan] });
const result = await worker.runUntil(client.workflow.execute('doubleLater', { workflowId: taskQueue, taskQueue, args: [21] }));
await nativeConnection.close();
await connection.close();
await everspan.shutdown();
const spans = memory.spans().map(({ name, status }) => `${name} ${status}`);

/** @type {{ version: string }} */
const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json');
process.stdout.write(`${JSON.stringify({ version, result, spans: spans.sort() })}\n`);
