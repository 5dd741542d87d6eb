import { RedisOperationStore } from 'everspan/operations';
import { readSpans } from './span-files.mjs';

/**
 * An operation at the end of the demo, and the states that it went through.
 *
 * @typedef {{ operationId: string, states: string[], epoch: number }} SeenOperation
 */

/**
 * The operations of the traces in `spanFolder`, as their store has them.
 *
 * @param {string} redisUrl
 * @param {string} spanFolder
 * @returns {Promise<SeenOperation[]>}
 */
export async function readOperations(redisUrl, spanFolder) {
  const store = new RedisOperationStore({ url: redisUrl });
  try {
    const traceIds = new Set(
      readSpans(spanFolder)
        .filter(({ span }) => span.type === 'operation')
        .map(({ span }) => span.traceId),
    );
    const operations = [];
    // Where nothing else is said an operation has the id of its trace.
    for (const operationId of traceIds) {
      const history = await store.history(operationId);
      if (history === undefined) continue;
      const states = history.transitions.map(({ to }) => to);
      operations.push({ operationId, states, epoch: history.transitions.at(-1)?.epoch ?? 0 });
    }
    return operations;
  } finally {
    await store.close();
  }
}
