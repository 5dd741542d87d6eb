// A process that has a client only, and ends when it has nothing else to do:
//
//   node test/integration/client-process-main.mjs '{"address":"…","workflowId":"…","folder":"…"}'
//
// Without a folder its processor is away. At its end it writes what `stats()` says of its spans.
import { Client, Connection } from '@temporalio/client';
import { EverspanPlugin } from 'everspan';
import { JsonlProcessor, SpanDeliveryError } from 'everspan/processors';

const { address, workflowId, folder } = JSON.parse(process.argv[2] ?? '{}');

const away = async () => {
  throw new SpanDeliveryError('UNAVAILABLE', 'away', 'answered 503');
};
const processor =
  folder === undefined ? { name: 'away', start: away, end: away, shutdown: async () => {} } : new JsonlProcessor({ folder });
/** @type {string[]} */
const warnings = [];
const everspan = new EverspanPlugin({
  processors: [processor],
  shutdownTimeoutMs: 1_000,
  logger: { warn: (message) => warnings.push(message) },
});
const connection = await Connection.connect({ address });
const client = new Client({ connection, plugins: [everspan] });
await client.workflow.start('nobody', { workflowId, taskQueue: workflowId, workflowRunTimeout: '1 minute' });
await connection.close();

process.on('exit', () => {
  const { delivered, dropped } = everspan.stats();
  process.stdout.write(`${JSON.stringify({ delivered, dropped, warnings })}\n`);
});
