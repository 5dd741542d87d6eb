// A worker whose activity records tasks, as a process that can be killed:
//
//   node test/integration/artefact-worker-main.mjs '{"address":"…","taskQueue":"…","bundlePath":"…","artefacts":{"folder":"…"}}'
//
// Writes one line when it polls. SIGTERM shuts the worker down; the end of its standard input ends the process.
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { EverspanPlugin } from 'everspan';
import { JsonlProcessor } from 'everspan/processors';
import { makeActivities } from './answer-documents.mjs';

const { address, taskQueue, bundlePath, artefacts } = JSON.parse(process.argv[2] ?? '{}');
process.stdin.on('end', () => process.exit(1)).resume();

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: ['SIGTERM'] });
const processors = [new JsonlProcessor({ folder: artefacts.folder.replace(/[^/]+$/, 'spans') })];
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowBundle: { codePath: bundlePath },
  activities: makeActivities({ hangsFirst: true }),
  plugins: [new EverspanPlugin({ processors, artefacts, logger: { warn: () => {} } })],
  stickyQueueScheduleToStartTimeout: '500ms',
  shutdownGraceTime: '1s',
});
const running = worker.run();
process.stdout.write('ready\n');
await running;
process.exit(0);
