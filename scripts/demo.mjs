/** `npm run demo`: everything it takes to run the example, then the example, with the arguments given. */
import { runPrepared } from './run-prepared.mjs';

await runPrepared('examples/document-questions/main.mjs');
