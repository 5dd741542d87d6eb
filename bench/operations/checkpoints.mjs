import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { encodeCheckpoint } from '../../dist/state/checkpoint-codec.js';
import { RedisOperationStore } from '../../dist/state/redis-operation-store.js';
import { seededRandom } from '../statistics.mjs';

const WORDS =
  'gather infer tool result answer token prompt context source document retrieved because system user the of and to in is'.split(
    ' ',
  );

/**
 * A megabyte of JSON that is like text: messages of words.
 *
 * @returns {import('../../dist/span/span.js').JsonValue}
 */
export function megabyteOfText() {
  const random = seededRandom(7);
  const messages = [];
  for (let bytes = 0; bytes < 1_000_000; ) {
    const content = Array.from(
      { length: 60 },
      () => `${WORDS[Math.floor(random() * WORDS.length)]}${random() < 0.2 ? Math.floor(random() * 10_000) : ''}`,
    ).join(' ');
    messages.push({ role: messages.length % 2 === 0 ? 'user' : 'assistant', content, index: messages.length });
    bytes += content.length + 50;
  }
  return messages;
}

/**
 * How long the event loop was held up, in ms, by each of `count` pairs: `JSON.stringify` of the payload alone, and a checkpoint of it encoded and
 * saved with its transition.
 *
 * @param {import('ioredis').Redis} client
 * @param {number} count
 * @returns {Promise<{ stringify: number[], checkpoint: number[], idle: number[], totalMs: number[] }>} `idle`: while nothing was done for as long.
 */
export async function checkpointDelays(client, count) {
  const store = new RedisOperationStore({ client: /** @type {any} */ (client) });
  const payload = megabyteOfText();
  const operationId = 'checkpoints-1';
  const owner = { identity: 'bench' };
  await store.create({ operationId, requestId: 'create', traceId: 'f'.repeat(32), owner });
  for (const to of /** @type {const} */ (['QUEUED', 'CLAIMED', 'PRE_INFERENCE_GATHER'])) {
    await store.transition({ operationId, requestId: to, to, epoch: to === 'PRE_INFERENCE_GATHER' ? 1 : 0 });
  }
  /** @type {{ stringify: number[], checkpoint: number[], idle: number[], totalMs: number[] }} */
  const found = { stringify: [], checkpoint: [], idle: [], totalMs: [] };
  for (let round = -5; round < count; round += 1) {
    const to = round % 2 === 0 ? 'TOOL_EXECUTING' : 'INFERRING';
    const stringify = await heldUp(async () => void JSON.stringify(payload));
    const startedMs = performance.now();
    const checkpoint = await heldUp(async () => {
      const encoded = await encodeCheckpoint(payload, { operationId });
      await store.transition({ operationId, requestId: `round-${round}`, to, epoch: 1, checkpoint: encoded });
    });
    const totalMs = performance.now() - startedMs;
    const idle = await heldUp(() => wait(totalMs));
    // The first ones are run by the interpreter.
    if (round < 0) continue;
    found.idle.push(idle);
    found.stringify.push(stringify);
    found.checkpoint.push(checkpoint);
    found.totalMs.push(totalMs);
  }
  await client.flushall();
  return found;
}

/** The longest delay of a timer of 1 ms while `work` runs. @param {() => Promise<void>} work */
async function heldUp(work) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  // A timer that was not yet armed sees nothing.
  await wait(5);
  delays.reset();
  await work();
  await wait(5);
  delays.disable();
  return delays.max / 1e6;
}
