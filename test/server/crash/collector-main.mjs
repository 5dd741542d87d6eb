/** A collector over a SQLite file in a process of its own: `node collector-main.mjs '{"path","port"}'`. Prints its address. */
import { createCollector, stopOnSignals } from '../../../dist/server/index.js';
import { openSpanStore } from '../../../dist/store/index.js';

const { path, port } = JSON.parse(process.argv[2] ?? '{}');
const store = await openSpanStore(`sqlite:${path}`);
const collector = await createCollector({ store }).listen({ port });
process.stdout.write(`${collector.url}\n`);
await stopOnSignals(collector);
await store.close();
process.stdout.write('stopped\n');
