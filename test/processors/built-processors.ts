import { fileURLToPath } from 'node:url';

/** The processors as they are built, for tests whose processes are several: Node 20 runs no TypeScript, and `npm test` builds first. */
export const builtProcessors = fileURLToPath(new URL('../../dist/processors/index.js', import.meta.url));
