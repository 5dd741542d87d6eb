/**
 * Reads the heaps of all threads of a process: workflows live in threads of their own, which the SDK makes and keeps to itself.
 *
 * Loaded with `--import` and `--expose-gc`, which Node hands on to threads, this module waits in each of them for the question.
 */
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

const CHANNEL = 'everspan-bench-heap';
const ANSWERS_WITHIN_MS = 1_000;

/**
 * @typedef {{ asks: true } | { asks: false, threadId: number, heapBytes: number }} HeapMessage
 * @typedef {EventTarget & { postMessage(message: HeapMessage): void, unref(): void, close(): void }} HeapChannel - Node's, of which its
 *   types know less.
 */

if (!isMainThread) {
  const channel = /** @type {HeapChannel} */ (/** @type {unknown} */ (new BroadcastChannel(CHANNEL)));
  channel.addEventListener('message', (event) => {
    if (messageOf(event).asks) post(channel, { asks: false, threadId, heapBytes: collectedHeapBytes() });
  });
  channel.unref();
}

/**
 * Bytes in use on the heaps of this and all other threads, each after a forced collection. Called in the main thread.
 *
 * @returns {Promise<number>}
 * @throws RangeError when no other thread answers.
 */
export async function readHeapBytes() {
  const channel = /** @type {HeapChannel} */ (/** @type {unknown} */ (new BroadcastChannel(CHANNEL)));
  /** @type {Map<number, number>} */
  const byThread = new Map();
  channel.addEventListener('message', (event) => {
    const message = messageOf(event);
    if (!message.asks) byThread.set(message.threadId, message.heapBytes);
  });
  post(channel, { asks: true });
  // How many threads there are nobody says: the time is long enough for each to collect.
  await new Promise((resolve) => {
    setTimeout(resolve, ANSWERS_WITHIN_MS);
  });
  channel.close();
  if (byThread.size === 0) throw new RangeError('no thread of workflows has answered: was the process started with the probe?');
  return [...byThread.values()].reduce((sum, bytes) => sum + bytes, collectedHeapBytes());
}

/** @param {Event} event @returns {HeapMessage} */
function messageOf(event) {
  return /** @type {Event & { data: HeapMessage }} */ (event).data;
}

/** @param {HeapChannel} channel @param {HeapMessage} message */
function post(channel, message) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel between threads knows no origins
  channel.postMessage(message);
}

function collectedHeapBytes() {
  // Twice: what a finalizer frees goes with the second.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
