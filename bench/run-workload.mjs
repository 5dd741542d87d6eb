import { pairsOf } from './cells.mjs';
import { countEvents, countFlushes } from './history.mjs';
import { measureHeap } from './measure-heap.mjs';
import { measureFlood, measureLatency, measureOutage, measureThroughput, measureTogether } from './measures.mjs';
import { medianInterval, seededRandom, shuffled } from './statistics.mjs';
import { VARIANT_IDS } from './variants.mjs';
import { isSettled } from './verdicts.mjs';

/**
 * @typedef {import('./fleet.mjs').Member} Member
 * @typedef {import('./measures.mjs').Measured} Measured
 * @typedef {import('./workloads.mjs').Workload} Workload
 *
 * @typedef {object} RunContext
 * @property {import('./fleet.mjs').Fleet} fleet
 * @property {import('./cells.mjs').CellStore} cells
 * @property {import('./options.mjs').BenchOptions} options
 * @property {number} deadlineMs - Of `performance.now()`: no round begins that is not likely to end by then; infinite where a number of
 *   pairs was asked for.
 * @property {(line: string) => void} say
 */

const HISTORY_SAMPLES = 20;
const MEASURES = { latency: measureLatency, throughput: measureThroughput, flood: measureFlood, outage: measureOutage };

/**
 * Runs the rounds of `workload` that are not measured yet; in each, every variant once, in an order drawn anew.
 *
 * @param {RunContext} context
 * @param {Workload} workload
 */
export async function runWorkload(context, workload) {
  const { options, cells, say } = context;
  const wanted = options.pairs ?? workload.pairs[options.mode];
  if (wanted === 0) return;
  // A chosen few are in every round.
  const asked = [...workload.variants, ...workload.seldom].filter((id) => options.variants.includes(id));
  const isChosen = options.variants.length > 0;
  if (isChosen && asked.length === 0) return;
  const always = [...new Set([workload.baseline, workload.control, ...(isChosen ? asked : workload.variants)])];
  const seldom = isChosen ? [] : workload.seldom;
  const base = cells.get(workload.id, workload.baseline);

  // Who asks for a number of pairs waits for them.
  const budgetMs = options.pairs === undefined ? workload.budgetMs[options.mode] : Number.POSITIVE_INFINITY;
  const budgetEndMs = performance.now() + budgetMs;
  const every = workload.seldomEvery[options.mode];
  let longestMs = 0;
  for (let round = nextRound(cells, workload, always); !isEnough(context, workload, wanted, round); round += stepOf(workload)) {
    const startedMs = performance.now();
    const isLate = startedMs + Math.max(longestMs, workload.roundMs) > context.deadlineMs;
    if (isLate || startedMs + longestMs > budgetEndMs) {
      say(`${workload.id}: the time is up after ${Object.keys(base.rounds).length} of ${wanted} pairs`);
      return;
    }
    const isForAll = every > 0 && (round / stepOf(workload)) % every === 0;
    const ids = isForAll ? [...always, ...seldom] : always;
    const members = await startMembers(context, workload, ids);
    await runRound(context, workload, members, round);
    longestMs = Math.max(longestMs, performance.now() - startedMs);
  }
}

/** Rounds that one pass makes: executions at the same time are rounds of their own. @param {Workload} workload */
function stepOf(workload) {
  return workload.measure === 'together' ? workload.repeats : 1;
}

/** @param {import('./cells.mjs').CellStore} cells @param {Workload} workload @param {readonly string[]} always */
function nextRound(cells, workload, always) {
  const done = always
    .map((id) => cells.get(workload.id, id))
    .filter(({ failure }) => failure === undefined)
    .map(({ rounds }) => Object.keys(rounds).length);
  return Math.floor(Math.min(...done) / stepOf(workload)) * stepOf(workload);
}

/**
 * The rounds that were asked for; then as many again while the control is not settled, which looks at untraced workers alone and so
 * favours nobody.
 *
 * @param {RunContext} context @param {Workload} workload @param {number} wanted @param {number} round
 */
function isEnough({ cells, options }, workload, wanted, round) {
  if (round < wanted) return false;
  if (workload.measure === 'heap' || options.pairs !== undefined || round >= wanted * 2) return true;
  const pairs = pairsOf(cells.find(workload.id, workload.control), cells.find(workload.id, workload.baseline));
  const control = medianInterval(pairs.map(({ sample, base }) => sample.value / base.value));
  return control !== undefined && isSettled(control);
}

/** @param {RunContext} context @param {Workload} workload @param {readonly string[]} ids */
async function startMembers({ fleet, cells }, workload, ids) {
  /** @type {Member[]} */
  const members = [];
  for (const id of ids) {
    if (cells.get(workload.id, id).failure === undefined) members.push(await fleet.member(id));
  }
  return members;
}

/** @param {RunContext} context @param {Workload} workload @param {readonly Member[]} members @param {number} round */
async function runRound(context, workload, members, round) {
  const { cells } = context;
  const order = shuffled(members, seededRandom(round + 1));
  if (workload.measure === 'heap') {
    const untilMs = Math.min(context.deadlineMs, performance.now() + workload.capMs);
    const points = await measureHeap(order, workload, untilMs);
    for (const [{ variant }, heap] of points) {
      Object.assign(cells.get(workload.id, variant.id), { heap, rounds: { [round]: { value: 0, executions: 0 } } });
    }
  } else if (workload.measure === 'together') {
    const measured = await measureTogether(order, workload);
    for (const [member, runs] of measured) {
      for (const [index, run] of runs.entries()) await keep(context, workload, member, round + index, run, undefined);
    }
    await Promise.all(order.map((member) => member.settle()));
  } else {
    for (const member of order) await runCell(context, workload, member, round, MEASURES[workload.measure]);
  }
  for (const { variant, takeEndedSpans } of members) {
    const cell = cells.get(workload.id, variant.id);
    const spans = takeEndedSpans();
    const executions = cell.rounds[round]?.executions ?? 0;
    if (executions > 0 && spans > 0) cell.spansPerExecution ??= spans / (executions * stepOf(workload));
    cells.save(cell);
  }
}

/**
 * @param {RunContext} context @param {Workload} workload @param {Member} member @param {number} round
 * @param {(member: Member, workload: Workload) => Promise<Measured>} measure
 */
async function runCell(context, workload, member, round, measure) {
  const beforeMicros = await member.worker.cpuMicros();
  const timeout = new AbortController();
  const cap = new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new CellCapError(workload.capMs)), workload.capMs);
    timeout.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  const measuring = measure(member, workload);
  // When the cap is reached nobody waits for it any more, and it may fail then.
  measuring.catch(() => {});
  try {
    const measured = await /** @type {Promise<Measured>} */ (Promise.race([measuring, cap]));
    // What is still to be written counts as this variant's work, and must not disturb the next one's time.
    await member.settle();
    const cpuMicros = (await member.worker.cpuMicros()) - beforeMicros;
    await keep(context, workload, member, round, measured, cpuMicros);
  } catch (error) {
    if (!(error instanceof CellCapError)) throw error;
    context.cells.get(workload.id, member.variant.id).failure = error.message;
    context.say(`${workload.id}, ${member.variant.id}: ${error.message}; left out`);
    // What it still does would be in the others' way.
    await context.fleet.stopOthers(VARIANT_IDS.filter((id) => id !== member.variant.id));
  } finally {
    timeout.abort();
  }
}

/** A variant did not end in time. */
class CellCapError extends Error {
  /** @override */
  name = 'CellCapError';

  /** @param {number} capMs */
  constructor(capMs) {
    super(`not done within ${capMs / 1_000} s`);
  }
}

/**
 * @param {RunContext} context @param {Workload} workload @param {Member} member @param {number} round @param {Measured} measured
 * @param {number | undefined} cpuMicros
 */
async function keep({ cells }, workload, member, round, { value, workflowIds, signals }, cpuMicros) {
  const cell = cells.get(workload.id, member.variant.id);
  const missing = HISTORY_SAMPLES - cell.historyEvents.length;
  if (missing > 0) cell.historyEvents.push(...(await countEvents(member, workflowIds.slice(0, missing))));
  const [first] = workflowIds;
  const flushes = workload.countsFlushes && first !== undefined ? { flushes: await countFlushes(member, first) } : {};
  cell.rounds[round] = {
    value,
    executions: workflowIds.length,
    ...(cpuMicros === undefined ? {} : { cpuMicros }),
    ...(signals === undefined ? {} : { signals }),
    ...flushes,
  };
}
