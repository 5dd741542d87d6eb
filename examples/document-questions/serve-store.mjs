import { once } from 'node:events';
import { createCollector } from 'everspan/server';
import { openSpanStore } from 'everspan/store';

/**
 * Runs a collector over the store and prints its address; resolves after Ctrl-C, when it has stopped.
 *
 * @param {string} storePath
 */
export async function serveUntilStopped(storePath) {
  const store = await openSpanStore(storePath);
  const collector = await createCollector({ store }).listen();
  console.log(`\ncollector: ${collector.url}  (traces: ${collector.url}/api/v1/traces; Ctrl-C stops it)`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await collector.close();
  await store.close();
}
