/** A collector over SQLite in a process of its own: `node server-main.mjs PATH`. Prints its address; ends with its standard input. */
import { createCollector } from '../../dist/server/index.js';
import { openSpanStore } from '../../dist/store/index.js';

const store = await openSpanStore(`sqlite:${process.argv[2]}`);
const collector = await createCollector({ store }).listen();
process.stdout.write(`${collector.url}\n`);
process.stdin.resume();
process.stdin.once('end', () => void collector.close().then(() => store.close()));
