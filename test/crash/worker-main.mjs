// One worker of the crash suite, as a process that can be killed:
//
//   node test/crash/worker-main.mjs '{"address":"…","taskQueue":"…","bundlePath":"…","sgpUrl":"…","redisUrl":"…","worker":{…}}'
//
// Writes one line when it polls. SIGTERM shuts the worker down; the end of its standard input ends the process.
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { EverspanPlugin } from 'everspan';
import { RedisOpenSpanIndex } from 'everspan/operations';
import { SgpProcessor } from 'everspan/processors';
import { activities } from './activities.mjs';

const { address, taskQueue, bundlePath, sgpUrl, redisUrl, worker: options } = JSON.parse(process.argv[2] ?? '{}');
// So that it does not outlive whoever started it.
process.stdin.on('end', () => process.exit(1)).resume();

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: ['SIGTERM'] });
// The agent's id becomes metadata of every span: whose request a row came with.
const processor = new SgpProcessor({ apiKey: 'key', accountId: 'account', baseUrl: sgpUrl, agentId: String(process.pid) });
// What a sweep finds of this process once it is killed.
const openSpans = new RedisOpenSpanIndex({ url: redisUrl });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowBundle: { codePath: bundlePath },
  activities,
  plugins: [new EverspanPlugin({ processors: [processor], openSpans, logger: { warn: () => {} } })],
  stickyQueueScheduleToStartTimeout: '500ms',
  shutdownGraceTime: '5s',
  ...options,
});
const running = worker.run();
process.stdout.write('ready\n');
await running;
process.exit(0);
