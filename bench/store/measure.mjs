/**
 * One measurement in a process of its own: `measure.mjs sqlite|postgres WHERE ROUNDS TRACE_SPANS`, where WHERE is a folder or a url. Prints
 * JSON.
 */
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { PostgresStore, SqliteStore } from 'everspan/store';
import { median, quantile, seededRandom } from '../statistics.mjs';
import { rawPostgresTable, rawSqliteTable } from './raw-insert.mjs';
import { ended, openTrace } from './spans.mjs';

const BATCH = 500;
const TRACES_PER_ROUND = 50;
const SPANS_PER_TRACE = 100;
const WARM_ROUNDS = 2;
const READS = 300;
const FEW_TRACES = 1_000;
const MANY_TRACES = 20_000;
const SCOPE = { accountId: 'bench' };

const [kind, where, rounds, fillSpans] = /** @type {[string, string, string, string]} */ (process.argv.slice(2));
const isSqlite = kind === 'sqlite';
const open = () => (isSqlite ? SqliteStore.open({ path: join(where, 'spans.db') }) : PostgresStore.open({ url: where }));
const raw = async (/** @type {string} */ name) =>
  isSqlite ? rawSqliteTable(join(where, `${name}.db`)) : rawPostgresTable(where, name);

const store = await open();
const writes = await measureWrites();
const reads = await measureReads();
await store.close();
process.stdout.write(`${JSON.stringify({ writes, reads })}\n`);

/** Raw, once more raw as the control, and the store, in turn: START of 50 traces, then their END, 500 a transaction. */
async function measureWrites() {
  const [baseline, control] = [await raw('raw_one'), await raw('raw_two')];
  /** @type {{ p99: number[], max: number[] }} */
  const delayMs = { p99: [], max: [] };
  const subjects = [
    { id: 'raw', write: baseline.insert },
    { id: 'control', write: control.insert },
    { id: 'store', write: (/** @type {import('everspan').Span[]} */ spans) => store.upsert(spans, SCOPE) },
  ];
  /** @type {Record<string, { startMs: number, endMs: number }>[]} */
  const measured = [];
  for (let round = -WARM_ROUNDS; round < Number(rounds); round += 1) {
    const first = (round + WARM_ROUNDS) * TRACES_PER_ROUND;
    const starts = Array.from({ length: TRACES_PER_ROUND }, (_, index) => openTrace(first + index, SPANS_PER_TRACE)).flat();
    const ends = ended(starts);
    /** @type {Record<string, { startMs: number, endMs: number }>} */
    const cells = {};
    for (let turn = 0; turn < subjects.length; turn += 1) {
      // Each comes first, second and third as often.
      const { id, write } = /** @type {typeof subjects[0]} */ (subjects[(turn + round + WARM_ROUNDS) % subjects.length]);
      // One for each turn: one that is switched off and on again counts what the others did meanwhile as a delay.
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      cells[id] = { startMs: await timedBatches(starts, write), endMs: await timedBatches(ends, write) };
      delay.disable();
      if (id !== 'store' || round < 0) continue;
      delayMs.p99.push(delay.percentile(99) / 1e6);
      delayMs.max.push(delay.max / 1e6);
    }
    if (round >= 0) measured.push(cells);
  }
  await baseline.close();
  await control.close();
  return {
    spansPerRound: TRACES_PER_ROUND * SPANS_PER_TRACE,
    rounds: measured,
    loopDelayMs: { p99: median(delayMs.p99), max: Math.max(...delayMs.max) },
  };
}

/** @param {import('everspan').Span[]} spans @param {(spans: import('everspan').Span[]) => Promise<unknown>} write */
async function timedBatches(spans, write) {
  const startedMs = performance.now();
  for (let from = 0; from < spans.length; from += BATCH) await write(spans.slice(from, from + BATCH));
  return performance.now() - startedMs;
}

/** Milliseconds to read one trace of 100 spans, and a page of 50 traces, with few traces in the store and with many. */
async function measureReads() {
  let count = (Number(rounds) + WARM_ROUNDS) * TRACES_PER_ROUND;
  const hundreds = Math.max(count, FEW_TRACES);
  const fill = async (/** @type {number} */ wanted, /** @type {number} */ spans) => {
    for (; count < wanted; count += 50) {
      const traces = Array.from({ length: 50 }, (_, index) => ended(openTrace(count + index, spans))).flat();
      for (let from = 0; from < traces.length; from += BATCH) await store.upsert(traces.slice(from, from + BATCH), SCOPE);
    }
  };
  await fill(FEW_TRACES, SPANS_PER_TRACE);
  const few = { traces: count, ...(await readSome(hundreds)) };
  await fill(MANY_TRACES, Number(fillSpans));
  return { few, many: { traces: count, ...(await readSome(hundreds)) } };
}

/** @param {number} hundreds - So many traces, the first, have 100 spans. */
async function readSome(hundreds) {
  const random = seededRandom(20);
  /** @type {{ trace: number[], list: number[], workflow: number[] }} */
  const ms = { trace: [], list: [], workflow: [] };
  for (let index = -50; index < READS; index += 1) {
    const ordinal = Math.floor(random() * hundreds);
    const traceId = /** @type {string} */ (openTrace(ordinal, 1)[0]?.traceId);
    const trace = await timed(() => store.trace(traceId, SCOPE));
    const list = await timed(() => store.listTraces({ status: 'OK' }, { limit: 50 }, SCOPE));
    const workflow = await timed(() => store.listTraces({ workflowId: `order-${ordinal}` }, { limit: 50 }, SCOPE));
    if (trace.result.length !== SPANS_PER_TRACE || workflow.result.items.length !== 1) throw new Error('not what was written');
    if (index < 0) continue;
    ms.trace.push(trace.ms);
    ms.list.push(list.ms);
    ms.workflow.push(workflow.ms);
  }
  return {
    traceMs: { median: median(ms.trace), p99: quantile(ms.trace, 0.99) },
    listMs: { median: median(ms.list), p99: quantile(ms.list, 0.99) },
    workflowMs: { median: median(ms.workflow), p99: quantile(ms.workflow, 0.99) },
  };
}

/** @template T @param {() => Promise<T>} work */
async function timed(work) {
  const startedMs = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedMs };
}
