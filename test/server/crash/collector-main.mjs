/**
 * A collector in a process of its own: `node collector-main.mjs '{"store","schema","port"}'`. The store as `openSpanStore` takes it; the schema,
 * where there is one, is of PostgreSQL. Prints its address.
 */
import { createCollector, stopOnSignals } from '../../../dist/server/index.js';
import { openSpanStore, PostgresStore } from '../../../dist/store/index.js';

const { store: url, schema, port } = JSON.parse(process.argv[2] ?? '{}');
const store = schema === undefined ? await openSpanStore(url) : await PostgresStore.open({ url, schema });
const collector = await createCollector({ store }).listen({ port });
process.stdout.write(`${collector.url}\n`);
await stopOnSignals(collector);
await store.close();
process.stdout.write('stopped\n');
