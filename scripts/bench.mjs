/** `npm run bench`: everything it takes to run the benchmark, then the benchmark, with the arguments given. */
import { runPrepared } from './run-prepared.mjs';

await runPrepared('bench/main.mjs');
