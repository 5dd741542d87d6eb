/**
 * One measurement, in a process of its own so that its memory is its own: `measure.mjs path SHAPE SPANS REPEATS`,
 * `measure.mjs rows FILE PAIRS`, or `measure.mjs memory FILE`. Prints JSON.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { findCriticalPath, ProfileAccumulator, readJsonl } from 'everspan/analysis';
import { TRACE_SHAPES } from './traces.mjs';

const [what, ...args] = process.argv.slice(2);
const found = await measure();
process.stdout.write(`${JSON.stringify(found)}\n`);

function measure() {
  switch (what) {
    case 'path':
      return measurePath(/** @type {[string, string, string]} */ (args));
    case 'rows':
      return measureRows(/** @type {[string, string]} */ (args));
    case 'memory':
      return measureMemory(/** @type {[string]} */ (args));
    default:
      throw new Error(`nothing to measure is called ${String(what)}`);
  }
}

/** Milliseconds of each repeat, by the wall and of the processor; the first of a cold process too. @param {[string, string, string]} args */
function measurePath([shape, count, repeats]) {
  const make = TRACE_SHAPES[shape];
  if (make === undefined) throw new Error(`no trace has the shape ${shape}`);
  const spans = make(Number(count));
  const runs = Array.from({ length: Number(repeats) }, () => {
    globalThis.gc?.();
    const before = process.cpuUsage();
    const ms = timed(() => {
      const path = findCriticalPath(spans);
      const sum = Object.values(path?.totals ?? {}).reduce((total, micros) => total + micros, 0);
      if (path === undefined || sum !== path.endTime - path.startTime) throw new Error('the path does not cover its root');
    });
    const { user, system } = process.cpuUsage(before);
    return { ms, cpuMs: (user + system) / 1_000 };
  });
  return { spans: spans.length, runs, peakMb: peakMb() };
}

/**
 * The rows parsed, in memory already; once more, as the control; and the file read and analyzed. In turn.
 *
 * @param {[string, string]} args
 */
async function measureRows([file, pairs]) {
  const rows = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  /** @type {{ parseMs: number, controlMs: number, analyzeMs: number }[]} */
  const rounds = [];
  for (let round = -2; round < Number(pairs); round += 1) {
    const parse = () => timed(() => parseAll(rows));
    globalThis.gc?.();
    const [first, second] = [parse(), parse()];
    globalThis.gc?.();
    const startedMs = performance.now();
    await analyze(file);
    const analyzeMs = performance.now() - startedMs;
    // Which of two equal things comes first is no advantage of either.
    const [parseMs, controlMs] = round % 2 === 0 ? [first, second] : [second, first];
    // The first two warm up.
    if (round >= 0) rounds.push({ parseMs, controlMs, analyzeMs });
  }
  return { rows: rows.length, rounds };
}

/** @param {[string]} args */
async function measureMemory([file]) {
  const startMb = peakMb();
  const { event_count: rows } = await analyze(file);
  return { rows, startMb, peakMb: peakMb() };
}

/** @param {string} file */
async function analyze(file) {
  const accumulator = new ProfileAccumulator();
  await readJsonl(createReadStream(file, { highWaterMark: 256 * 1024 }), (row) => void accumulator.addSpan(row));
  return accumulator.profile('wfl-bench').summary;
}

/** @param {readonly string[]} rows */
function parseAll(rows) {
  for (const row of rows) JSON.parse(row);
}

/** @param {() => void} work */
function timed(work) {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

function peakMb() {
  return Math.round(process.resourceUsage().maxRSS / 1_024);
}
