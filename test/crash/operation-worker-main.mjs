// One worker whose activities drive operations in Redis, as a process that can be killed or stopped:
//
//   node test/crash/operation-worker-main.mjs '{"address":"…","taskQueue":"…","bundlePath":"…","redisUrl":"…"}'
//
// Polls once it is written to. Writes one JSON text a line: that it polls, and what its activity does. The end of its standard input ends the process.
import { setTimeout as wait } from 'node:timers/promises';
import { once } from 'node:events';
import { Context } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { EverspanPlugin } from 'everspan';
import { currentOperation, operationActivity, RedisOperationStore } from 'everspan/operations';
import { JsonlProcessor } from 'everspan/processors';

const { address, taskQueue, bundlePath, redisUrl, folder } = JSON.parse(process.argv[2] ?? '{}');
// So that it does not outlive whoever started it.
process.stdin.on('end', () => process.exit(1));
const beginning = once(process.stdin, 'data');

/** @param {Record<string, unknown>} line */
function say(line) {
  process.stdout.write(`${JSON.stringify({ pid: process.pid, ...line })}\n`);
}

const store = new RedisOperationStore({ url: redisUrl });

const infer = operationActivity(
  /** @param {string} question */
  async (question) => {
    const { attempt } = Context.current().info;
    const op = await currentOperation();
    const saved = await op.recover();
    say({ attempt, state: op.state, epoch: op.epoch, hasCheckpoint: saved !== undefined });
    if (saved !== undefined) return `${question}: ${/** @type {{ passages: string }} */ (saved.payload).passages.length} bytes`;
    await op.transition('PRE_INFERENCE_GATHER');
    await op.checkpoint('INFERRING', { passages: 'x'.repeat(200_000) }, { step: 'gathered' });
    say({ attempt, step: 'saved' });
    // Not the activity's own sleep, which ends when Core cancels an attempt whose time is over: a zombie goes on to write.
    await wait(2_000);
    await op.transition('POSTPROCESSING').then(
      () => say({ attempt, step: 'written' }),
      (error) => say({ attempt, step: 'refused', code: error.code }),
    );
    return 'of a first attempt';
  },
);

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: ['SIGTERM'] });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowBundle: { codePath: bundlePath },
  activities: { infer },
  // While one runs, none is polled for: a process that is stopped then takes none away.
  maxConcurrentActivityTaskExecutions: 1,
  plugins: [
    new EverspanPlugin({
      processors: [new JsonlProcessor({ folder })],
      operations: { store, watchdog: 'elsewhere' },
      logger: { warn: () => {} },
    }),
  ],
  stickyQueueScheduleToStartTimeout: '500ms',
  shutdownGraceTime: '1s',
});
await beginning;
const running = worker.run();
say({ step: 'polls' });
await running;
process.exit(0);
