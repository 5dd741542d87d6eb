/**
 * One variant's worker, as a process of its own. Its argument is a `WorkerSetup` as JSON; it answers the questions of `WorkerProcess`
 * over the channel that `fork` opens, and ends when that closes.
 *
 * @typedef {object} WorkerSetup
 * @property {import('./variants.mjs').Variant} variant
 * @property {string} address - Of the Temporal server.
 * @property {string} bundlePath
 * @property {string} rowsPath
 * @property {string} [spanServerUrl]
 */
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import * as activities from './activities.mjs';
import { readHeapBytes } from './heap-probe.mjs';
import { createTracing } from './tracing.mjs';

/** @type {WorkerSetup} */
const setup = JSON.parse(process.argv[2] ?? '');
const { variant } = setup;

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
// Ctrl-C reaches the whole group of processes: the parent ends this one once it has stopped measuring.
process.on('SIGINT', () => {});
const connection = await NativeConnection.connect({ address: setup.address });
const tracing = await createTracing({ variant, rowsPath: setup.rowsPath, spanServerUrl: setup.spanServerUrl });
const worker = await Worker.create({
  connection,
  taskQueue: variant.id,
  workflowBundle: { codePath: setup.bundlePath },
  activities: { ...activities, ...tracing.activities },
  plugins: [...tracing.plugins],
  ...(variant.maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows: variant.maxCachedWorkflows }),
});

/** @type {Record<string, () => unknown>} */
const ANSWERS = {
  cpuMicros: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  settle: () => tracing.settle(),
  heapBytes: () => readHeapBytes(),
  stop: () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  },
};

process.on('message', (/** @type {{ id: number, question: string }} */ { id, question }) => {
  // A question that fails ends the process, and with it whoever waits for the answer.
  void (async () => process.send?.({ id, answer: await ANSWERS[question]?.() }))();
});
process.on('disconnect', () => {
  if (worker.getState() === 'RUNNING') worker.shutdown();
});

const running = worker.run();
process.send?.({ id: 0, answer: 'ready' });
await running;
await tracing.close();
await connection.close();
if (process.connected) process.disconnect();
