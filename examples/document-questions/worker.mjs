/** One worker process of the demo: `node worker.mjs <address> <task queue> <folder for spans> <span store> [<URL of Redis>]`. */
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { EverspanPlugin } from 'everspan';
import { RedisOpenSpanIndex, RedisOperationStore } from 'everspan/operations';
import { JsonlProcessor, StoreProcessor } from 'everspan/processors';
import * as activities from './activities.mjs';

const [address, taskQueue, folder, store, redisUrl] = /** @type {[string, string, string, string, string | undefined]} */ (
  process.argv.slice(2)
);
Runtime.install({ logger: new DefaultLogger('ERROR') });

const everspan = new EverspanPlugin({
  serviceName: 'document-questions',
  processors: [new JsonlProcessor({ folder }), new StoreProcessor({ store })],
  ...(redisUrl === undefined
    ? {}
    : {
        operations: { store: new RedisOperationStore({ url: redisUrl }) },
        openSpans: new RedisOpenSpanIndex({ url: redisUrl }),
        watchdog: true,
      }),
});
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  activities,
  workflowsPath: fileURLToPath(new URL('./workflows.mjs', import.meta.url)),
  // Short, so that the other worker takes over soon.
  stickyQueueScheduleToStartTimeout: '1 second',
  plugins: [everspan],
});
process.on('disconnect', () => worker.shutdown());
process.send?.({ ready: true });
await worker.run();
await connection.close();
process.exit(0);
