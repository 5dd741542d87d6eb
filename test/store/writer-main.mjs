/**
 * `node writer-main.mjs URL SCHEMA ACCOUNT BATCHES`: opens the store, says `open`, and writes batches of 50 spans, one trace each; says
 * the number of each batch once the store has acknowledged it. The schema is of PostgreSQL, `-` for a file.
 */
import { openSpanStore, PostgresStore } from '../../dist/store/index.js';

const [url, schema, accountId, batches] = /** @type {[string, string, string, string]} */ (process.argv.slice(2));
const store = schema === '-' ? await openSpanStore(url) : await PostgresStore.open({ url, schema });
process.stdout.write('open\n');
for (let batch = 1; batch <= Number(batches); batch += 1) {
  const spans = Array.from({ length: 50 }, (_, index) => ({
    spanId: (index + 1).toString(16).padStart(16, '0'),
    traceId: batch.toString(16).padStart(32, '0'),
    name: `batch ${batch}`,
    kind: /** @type {const} */ ('INTERNAL'),
    type: 'test',
    startTime: batch,
    endTime: batch + 1,
    status: /** @type {const} */ ('OK'),
    attributes: { padding: 'x'.repeat(500) },
    events: [],
    links: [],
    resource: {},
    scope: { name: 'test' },
    source: /** @type {const} */ ('observed'),
    revision: 0,
    attempt: 1,
  }));
  await store.upsert(spans, { accountId });
  process.stdout.write(`${batch}\n`);
}
await store.close();
