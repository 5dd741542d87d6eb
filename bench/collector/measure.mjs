/**
 * Measures one collector over SQLite, server and client in processes of their own: spans per second through `PUT /v5/spans/batch`, and
 * the time from a span's END_SPAN to its event at a listening client. Prints JSON.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { SgpProcessor } from 'everspan/processors';
import { createSpanActivities } from '../../dist/activities/span-activities.js';
import { SpanPipeline } from '../../dist/activities/span-pipeline.js';
import { CollectorClient } from '../../dist/client/index.js';
import { recordedConfig, resolveOptions } from '../../dist/plugin/plugin-options.js';
import { sgpItem } from '../../dist/processors/sgp-item.js';
import { toWireSpan } from '../../dist/wire/to-wire-span.js';
import { ended, openTrace } from '../store/spans.mjs';
import { withServer } from './server-process.mjs';

const SPANS_PER_TRACE = 100;
const TRACES_PER_BATCH = 10;
const SENDERS = 3;
const ACCOUNT = 'bench';

/**
 * @param {string} folder
 * @param {{ rounds: number, batchesPerRound: number, liveSeconds: number }} options
 */
export async function measureCollector(folder, { rounds, batchesPerRound, liveSeconds }) {
  return withServer('server-main.mjs', [join(folder, 'collector.db')], (url) =>
    withServer('bare-main.mjs', [], async (bareUrl) => ({
      writes: await measureWrites(url, bareUrl, rounds, batchesPerRound),
      live: await measureLive(url, liveSeconds),
    })),
  );
}

/** Spans per second of each round, of the collector and of the bare server. @param {string} url @param {string} bareUrl @param {number} rounds @param {number} batchesPerRound */
async function measureWrites(url, bareUrl, rounds, batchesPerRound) {
  /** @type {{ collector: number[], bare: number[] }} */
  const perSecond = { collector: [], bare: [] };
  for (let round = 0; round <= rounds; round += 1) {
    // The bodies are made before: a worker makes them elsewhere.
    const first = round * batchesPerRound;
    const bodies = Array.from({ length: batchesPerRound }, (_, index) => bodyOf((first + index) * TRACES_PER_BATCH));
    const bare = await sendAll(bareUrl, bodies);
    const collector = await sendAll(url, bodies);
    // The first round warms up.
    if (round === 0) continue;
    perSecond.bare.push(bare);
    perSecond.collector.push(collector);
  }
  return perSecond;
}

/** Spans per second. @param {string} url @param {readonly string[]} bodies */
async function sendAll(url, bodies) {
  const startedAt = performance.now();
  const pending = bodies[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      for (const body of pending) await put(url, body);
    }),
  );
  return (bodies.length * TRACES_PER_BATCH * SPANS_PER_TRACE) / ((performance.now() - startedAt) / 1_000);
}

/** @param {number} firstTrace */
function bodyOf(firstTrace) {
  const traces = Array.from({ length: TRACES_PER_BATCH }, (_, index) => ended(openTrace(firstTrace + index, SPANS_PER_TRACE)));
  return `{"items":[${traces
    .flat()
    .map((span) => sgpItem(span, {}).text)
    .join(',')}]}`;
}

/** @param {string} url @param {string} body */
async function put(url, body) {
  const response = await fetch(`${url}/v5/spans/batch`, { method: 'PUT', body, headers: { 'content-type': 'application/json' } });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`the collector answered ${response.status}`);
}

/** 1,000 spans a second, 20 in each END_SPAN, which an SGP processor delivers, and when each comes to a listener. @param {string} url @param {number} seconds */
async function measureLive(url, seconds) {
  const client = new CollectorClient({ baseUrl: url, accountId: ACCOUNT });
  const leave = new AbortController();
  /** @type {Map<string, number>} */
  const sentAt = new Map();
  /** @type {number[]} */
  const delaysMs = [];
  const listening = (async () => {
    for await (const { span } of client.traces.tail({ signal: leave.signal })) {
      const at = sentAt.get(span.traceId + span.spanId);
      if (at !== undefined) delaysMs.push(performance.now() - at);
    }
  })();
  const endSpans = deliverTo(url);
  await sleep(500);
  const total = seconds * 50;
  const beganAt = performance.now();
  /** @type {Promise<void>[]} */
  const writes = [];
  for (let tick = 0; tick < total; tick += 1) {
    const spans = ended(openTrace(5_000_000 + tick, 20));
    const dueInMs = beganAt + tick * 20 - performance.now();
    if (dueInMs > 0) await sleep(dueInMs);
    const now = performance.now();
    for (const span of spans) sentAt.set(span.traceId + span.spanId, now);
    writes.push(endSpans(spans));
  }
  await Promise.all(writes);
  for (let waitedMs = 0; delaysMs.length < total * 20 && waitedMs < 10_000; waitedMs += 50) await sleep(50);
  leave.abort();
  await listening;
  return { sent: total * 20, delaysMs };
}

/**
 * The activity END_SPAN as a worker runs it, with the collector behind its processor.
 *
 * @param {string} url
 * @returns {(spans: readonly import('../../dist/span/span.js').Span[]) => Promise<void>}
 */
function deliverTo(url) {
  const pipeline = new SpanPipeline({ processors: [new SgpProcessor({ apiKey: 'bench', accountId: ACCOUNT, baseUrl: url })] });
  const config = recordedConfig(resolveOptions({}), { spanTaskQueue: undefined, hasSink: true });
  const { END_SPAN } = createSpanActivities({ pipeline, config });
  return async (spans) => {
    const traceId = spans[0]?.traceId ?? '';
    const environment = new MockActivityEnvironment({ isLocal: true, startToCloseTimeoutMs: 0 });
    /** @type {import('../../dist/wire/span-batch.js').SpanBatch} */
    const batch = { v: 1, traceId, shared: {}, spans: spans.map(toWireSpan) };
    const { delivered } = await environment.run(END_SPAN, batch);
    if (!delivered) throw new Error('END_SPAN did not deliver');
  };
}
