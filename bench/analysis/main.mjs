/** `npm run bench -- analysis`: the critical path of large traces, and a profile of many rows beside a plain parse of them. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../../scripts/repository-root.mjs';
import { formatInterval } from '../numbers.mjs';
import { median, medianInterval } from '../statistics.mjs';
import { measureApart, publishSuite, say } from '../suite-report.mjs';
import { judgeInterval, judgeValue } from '../verdicts.mjs';
import { makeRows, writeRows } from './rows.mjs';
import { TRACE_SHAPES } from './traces.mjs';

const SCRATCH = join(repositoryRoot, '.everspan', 'bench', `analysis-${process.pid}`);
const ROWS = 100_000;
const PATHS = [
  { spans: 120_000, msMax: 1_000, repeats: { quick: 3, full: 9 } },
  { spans: 1_000_000, msMax: 5_000, repeats: { quick: 1, full: 5 } },
];
const PAIRS = { quick: 10, full: 40 };
const PARSE_RATIO_MAX = 2;
const MEMORY_MB_MAX = 500;
const BUSY_FACTOR = 1.25;

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, strict: { type: 'boolean' } } });
const mode = values.quick === true ? 'quick' : 'full';
/** @type {import('../numbers.mjs').NumberLine[]} */
const numbers = [];

mkdirSync(SCRATCH, { recursive: true });
try {
  for (const { spans, msMax, repeats } of PATHS) {
    for (const shape of Object.keys(TRACE_SHAPES)) numbers.push(await pathLine(shape, spans, msMax, repeats[mode]));
  }
  const file = join(SCRATCH, 'spans.jsonl');
  writeRows(file, makeRows(ROWS));
  numbers.push(await ratioLine(file), await memoryLine(file));
} finally {
  rmSync(SCRATCH, { recursive: true, force: true });
}

publishSuite({ name: 'analysis', mode, isStrict: values.strict === true, numbers });

/** @param {string} shape @param {number} spans @param {number} msMax @param {number} repeats */
async function pathLine(shape, spans, msMax, repeats) {
  say(`critical path of a ${shape} of ${spans.toLocaleString('en')} spans …`);
  const { runs, peakMb } = /** @type {{ runs: { ms: number, cpuMs: number }[], peakMb: number }} */ (
    await measure(['path', shape, spans, repeats])
  );
  const ms = runs.map((run) => run.ms);
  const [wallMs, cpuMs] = [median(ms), median(runs.map((run) => run.cpuMs))];
  return {
    text: `critical path, ${shape} of ${spans.toLocaleString('en')} spans`,
    target: `≤ ${msMax.toLocaleString('en')} ms`,
    measured: `${wallMs.toFixed(0)} ms (${Math.min(...ms).toFixed(0)}–${Math.max(...ms).toFixed(0)}), ${ms.length} runs, ${peakMb} MB with the spans`,
    control: `${cpuMs.toFixed(0)} ms of processor`,
    verdict: judgePath(wallMs, cpuMs, msMax),
  };
}

/**
 * One thread that does nothing but compute has as much processor time as wall time; where it has much less, others had the machine.
 *
 * @param {number} wallMs @param {number} cpuMs @param {number} msMax
 * @returns {import('../verdicts.mjs').Verdict}
 */
function judgePath(wallMs, cpuMs, msMax) {
  const verdict = judgeValue(wallMs, { atMost: msMax });
  return verdict === 'missed' && cpuMs <= msMax && wallMs > cpuMs * BUSY_FACTOR ? 'noisy' : verdict;
}

/** @param {string} file */
async function ratioLine(file) {
  say(`profile of ${ROWS.toLocaleString('en')} rows beside a plain parse …`);
  const { rounds } = /** @type {{ rounds: { parseMs: number, controlMs: number, analyzeMs: number }[] }} */ (
    await measure(['rows', file, PAIRS[mode]])
  );
  const ratio = medianInterval(rounds.map(({ parseMs, analyzeMs }) => analyzeMs / parseMs));
  const control = medianInterval(rounds.map(({ parseMs, controlMs }) => controlMs / parseMs));
  const [analyzeMs, parseMs] = [median(rounds.map((round) => round.analyzeMs)), median(rounds.map((round) => round.parseMs))];
  return {
    text: `file of ${ROWS.toLocaleString('en')} rows read and analyzed (${analyzeMs.toFixed(0)} ms) to JSON.parse of the same in memory (${parseMs.toFixed(0)} ms)`,
    target: `≤ ${PARSE_RATIO_MAX}`,
    measured: formatInterval(ratio),
    control: formatInterval(control),
    verdict: judgeInterval(ratio, control, { atMost: PARSE_RATIO_MAX }),
  };
}

/** @param {string} file */
async function memoryLine(file) {
  say('memory …');
  const { startMb, peakMb } = /** @type {{ startMb: number, peakMb: number }} */ (await measure(['memory', file]));
  return {
    text: `peak memory of the process that analyzes ${ROWS.toLocaleString('en')} rows (${startMb} MB before)`,
    target: `≤ ${MEMORY_MB_MAX} MB`,
    measured: `${peakMb} MB`,
    control: '',
    verdict: judgeValue(peakMb, { atMost: MEMORY_MB_MAX }),
  };
}

/** @param {readonly (string | number)[]} args */
function measure(args) {
  return measureApart('analysis/measure.mjs', args, ['--expose-gc', '--max-old-space-size=4096']);
}
