/**
 * Reads the heaps of all threads of a process: workflows live in threads of their own, which the SDK makes and keeps to itself.
 *
 * Loaded with `--import` and `--expose-gc`, which Node hands on to threads, this module waits in each of them for the question.
 */
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

const CHANNEL = 'everspan-bench-heap';
const ANSWERS_WITHIN_MS = 2_000;

/** @typedef {{ asks: true } | { asks: false, threadId: number, heapBytes: number }} HeapMessage */

if (!isMainThread) {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = (event) => {
    const message = /** @type {{ data: HeapMessage }} */ (event).data;
    if (message.asks) channel.postMessage({ asks: false, threadId, heapBytes: collectedHeapBytes() });
  };
  /** @type {{ unref(): void }} */ (/** @type {unknown} */ (channel)).unref();
}

/**
 * Bytes in use on the heaps of this and all other threads, each after a forced collection. Called in the main thread.
 *
 * @returns {Promise<number>}
 */
export async function readHeapBytes() {
  const channel = new BroadcastChannel(CHANNEL);
  /** @type {Map<number, number>} */
  const byThread = new Map();
  channel.onmessage = (event) => {
    const message = /** @type {{ data: HeapMessage }} */ (event).data;
    if (!message.asks) byThread.set(message.threadId, message.heapBytes);
  };
  channel.postMessage({ asks: true });
  // How many threads there are nobody says: the time is long enough for each to collect.
  await new Promise((resolve) => {
    setTimeout(resolve, ANSWERS_WITHIN_MS);
  });
  channel.close();
  return [...byThread.values()].reduce((sum, bytes) => sum + bytes, collectedHeapBytes());
}

function collectedHeapBytes() {
  // Twice: what a finalizer frees goes with the second.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
