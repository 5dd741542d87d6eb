/** The demo: a question over real files, answered by a workflow that loses a worker on the way. See arguments.mjs for its options. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { EverspanPlugin, ensureWatchdog } from 'everspan';
import { JsonlProcessor, StoreProcessor } from 'everspan/processors';
import { readArguments } from './arguments.mjs';
import { giveUpAndSweep } from './given-up.mjs';
import { printNextCommand } from './next-command.mjs';
import { readOperations } from './operations.mjs';
import { printOutcome } from './print-outcome.mjs';
import { provideRedis } from './redis-server.mjs';
import { serveUntilStopped } from './serve-store.mjs';
import { readSpans, waitForSpans } from './span-files.mjs';
import { provideTemporalServer } from './temporal-server.mjs';
import { firstToRun, startWorker, stopWorkers } from './worker-processes.mjs';

const TASK_QUEUE = 'document-questions';
const EXPENSIVE = 'answerFrom';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const { question, files, kills, serves } = readArguments(process.argv.slice(2), repository);
mkdirSync(join(repository, '.everspan'), { recursive: true });
const folder = mkdtempSync(join(repository, '.everspan', 'demo-'));
const spanFolder = join(folder, 'spans');
mkdirSync(spanFolder);
// One file for every run of the demo, where the command line looks by itself: runs can be compared.
const storePath = join(repository, '.everspan', 'spans.db');

Runtime.install({ logger: new DefaultLogger('ERROR') });
const [server, redis] = await Promise.all([provideTemporalServer(), provideRedis()]);
const hasOperations = redis !== undefined;
if (!hasOperations)
  console.log('no Redis here: without operations, checkpoints and a watchdog (install redis-server to see them)');
const everspan = new EverspanPlugin({
  serviceName: 'asker',
  processors: [new JsonlProcessor({ folder: spanFolder }), new StoreProcessor({ store: storePath })],
});
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection, plugins: [everspan] });

const absolute = files.map((file) => resolve(file));
// Made once for a namespace; the workers do the sweeps. A run that is terminated here has no last batch on its way: no grace is needed.
if (hasOperations && server.hasSchedules) await ensureWatchdog(client, { graceMs: 0 });
const workerEnv = { DEMO_BUSY_FILE: /** @type {string} */ (absolute[0]), DEMO_HAS_OPERATIONS: hasOperations ? '1' : '0' };
const workerArgs = [server.address, TASK_QUEUE, spanFolder, storePath, ...(hasOperations ? [redis.url] : [])];
const workers = await Promise.all([startWorker(workerArgs, workerEnv), startWorker(workerArgs, workerEnv)]);
console.log(`two workers: pid ${workers.map((worker) => worker.pid).join(' and ')}`);

const killing = kills ? killAtWork() : Promise.resolve(undefined);
const input = { question, files: absolute, answerPath: join(folder, 'answer.md'), hasOperations };
const handle = await client.workflow.start('answerQuestion', {
  taskQueue: TASK_QUEUE,
  workflowId: `answer-${Date.now()}`,
  args: [input],
});
await handle.signal('approve');
const result = await handle.result();
const killed = await killing;
const givenUp =
  hasOperations && server.hasSchedules ? await giveUpAndSweep(client, { taskQueue: TASK_QUEUE, spanFolder, input }) : undefined;

await stopWorkers(workers);
await everspan.shutdown();
const operations = hasOperations ? await readOperations(redis.url, spanFolder) : [];
await connection.close();
await server.stop();
await redis?.stop();

const isWhole = printOutcome({ question, result, killed, givenUp, operations, spans: readSpans(spanFolder), spanFolder });
printNextCommand(handle.workflowId, storePath, repository);
if (serves) await serveUntilStopped(storePath);
process.exit(isWhole ? 0 : 1);

/** Kills the worker that runs the expensive activity, once that activity's open span is out. */
async function killAtWork() {
  const victim = await firstToRun(workers, EXPENSIVE);
  await waitForSpans(spanFolder, (spans) =>
    spans.some(({ span }) => span.type === 'activity' && span.name.endsWith(EXPENSIVE) && span.endTime === undefined),
  );
  victim.kill('SIGKILL');
  const open = readSpans(spanFolder)
    .filter(({ span }) => span.endTime === undefined)
    .map(({ span }) => span.name);
  const killedAt = new Date();
  console.log(`killed worker ${victim.pid} (SIGKILL) while it ran ${EXPENSIVE}; open spans: ${open.join(', ')}`);
  return { pid: victim.pid, at: killedAt, open };
}
