/** `npm run bench -- store`: upserts beside a raw insert of the same rows, and reads from small and large stores. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findInstalledPostgresServer } from '../../scripts/find-postgres-server.mjs';
import { repositoryRoot } from '../../scripts/repository-root.mjs';
import { startPostgresServer } from '../../scripts/start-postgres-server.mjs';
import { collectorNumbers } from '../collector/numbers.mjs';
import { formatInterval } from '../numbers.mjs';
import { median, medianInterval } from '../statistics.mjs';
import { measureApart, publishSuite, say } from '../suite-report.mjs';
import { judgeInterval, judgeValue } from '../verdicts.mjs';

/**
 * What measure.mjs prints.
 *
 * @typedef {{ median: number, p99: number }} Milliseconds
 * @typedef {{ traces: number, traceMs: Milliseconds, listMs: Milliseconds, workflowMs: Milliseconds }} Reads
 * @typedef {{ writes: { spansPerRound: number, rounds: Record<string, { startMs: number, endMs: number }>[],
 *   loopDelayMs: { p99: number, max: number } }, reads: { few: Reads, many: Reads } }} Measured
 */

const SCRATCH = join(repositoryRoot, '.everspan', 'bench', `store-${process.pid}`);
const ROUNDS = { quick: 9, full: 42 };
/** Of the traces that make 20,000 of 1,000. */
const FILL_SPANS = { quick: 10, full: 100 };
const RAW_RATIO_MIN = 0.6;
const TRACE_MS_MAX = 1;
/** Twenty times as many traces may make an index one level deeper. */
const FLAT_RATIO_MAX = 1.5;

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, strict: { type: 'boolean' } } });
const mode = values.quick === true ? 'quick' : 'full';
/** @type {import('../numbers.mjs').NumberLine[]} */
const numbers = [];

mkdirSync(SCRATCH, { recursive: true });
try {
  numbers.push(...lines('SQLite', await measure('sqlite', SCRATCH)));
  numbers.push(...lines('PostgreSQL', await measurePostgres()));
  numbers.push(...(await collectorNumbers(SCRATCH, mode)));
} finally {
  rmSync(SCRATCH, { recursive: true, force: true });
}

publishSuite({ name: 'store', mode, isStrict: values.strict === true, numbers });

async function measurePostgres() {
  const found = findInstalledPostgresServer();
  if (found.kind === 'none') throw new Error(found.line);
  if (found.kind === 'address') return measure('postgres', found.address);
  // As it comes, syncing to the disk, but for memory that is small by default.
  const settings = { shared_buffers: '256MB', max_wal_size: '4GB' };
  const server = await startPostgresServer(found.path, { settings });
  try {
    return await measure('postgres', server.url);
  } finally {
    await server.remove();
  }
}

/** @param {string} name @param {Measured} measured */
function lines(name, { writes, reads }) {
  const { rounds, spansPerRound } = writes;
  const ms = (/** @type {string} */ id) => rounds.map((cells) => (cells[id]?.startMs ?? 0) + (cells[id]?.endMs ?? 0));
  const rate = (/** @type {string} */ id, /** @type {'startMs' | 'endMs'} */ part) => {
    const perSecond = (spansPerRound / median(rounds.map((cells) => cells[id]?.[part] ?? Number.NaN))) * 1_000;
    return Math.round(perSecond / 100) * 100;
  };
  const ratios = (/** @type {string} */ id) => {
    const own = ms(id);
    return medianInterval(ms('raw').map((rawMs, index) => rawMs / (own[index] ?? Number.NaN)));
  };
  const [ratio, control] = [ratios('store'), ratios('control')];
  const shown = (/** @type {string} */ id) =>
    `${rate(id, 'startMs').toLocaleString('en')} START/s, ${rate(id, 'endMs').toLocaleString('en')} END/s`;
  const delay = isSync(name)
    ? `; event loop held up to ${writes.loopDelayMs.max.toFixed(0)} ms, p99 ${writes.loopDelayMs.p99.toFixed(0)}`
    : '';
  const flat = reads.many.traceMs.median / reads.few.traceMs.median;
  const listFlat = Math.max(
    reads.many.listMs.median / reads.few.listMs.median,
    reads.many.workflowMs.median / reads.few.workflowMs.median,
  );
  return [
    {
      text: `${name}: upserts (${shown('store')}${delay}) to raw inserts (${shown('raw')})`,
      target: `≥ ${RAW_RATIO_MIN}`,
      measured: formatInterval(ratio),
      control: formatInterval(control),
      verdict: judgeInterval(ratio, control, { atLeast: RAW_RATIO_MIN }),
    },
    {
      text: `${name}: one trace of 100 spans read, of ${reads.few.traces.toLocaleString('en')} traces`,
      target: isSync(name) ? `< ${TRACE_MS_MAX} ms` : '',
      measured: `${reads.few.traceMs.median.toFixed(2)} ms (p99 ${reads.few.traceMs.p99.toFixed(2)})`,
      control: '',
      verdict: judgeValue(reads.few.traceMs.median, { atMost: isSync(name) ? TRACE_MS_MAX : Number.POSITIVE_INFINITY }),
    },
    {
      text: `${name}: the same of ${reads.many.traces.toLocaleString('en')} traces (${reads.many.traceMs.median.toFixed(2)} ms), to that`,
      target: `≤ ${FLAT_RATIO_MAX}`,
      measured: flat.toFixed(2),
      control: '',
      verdict: judgeValue(flat, { atMost: FLAT_RATIO_MAX }),
    },
    {
      text: `${name}: a page of 50 traces (${reads.many.listMs.median.toFixed(2)} ms), a workflow's trace (${reads.many.workflowMs.median.toFixed(2)} ms), the worse, to that of fewer traces`,
      target: `≤ ${FLAT_RATIO_MAX}`,
      measured: listFlat.toFixed(2),
      control: '',
      verdict: judgeValue(listFlat, { atMost: FLAT_RATIO_MAX }),
    },
  ];
}

/** @param {string} name */
function isSync(name) {
  return name === 'SQLite';
}

/** @param {string} kind @param {string} where @returns {Promise<Measured>} */
async function measure(kind, where) {
  say(`${kind} …`);
  return measureApart('store/measure.mjs', [kind, where, ROUNDS[mode], FILL_SPANS[mode]]);
}
