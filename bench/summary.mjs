import { pairsOf } from './cells.mjs';
import { median, medianInterval, slopeInterval } from './statistics.mjs';
import { variantOf, VARIANT_IDS } from './variants.mjs';

/**
 * @typedef {import('./statistics.mjs').Interval} Interval
 * @typedef {import('./workloads.mjs').Workload} Workload
 *
 * What is known of one variant on one workload.
 *
 * @typedef {object} VariantSummary
 * @property {string} id
 * @property {string} title
 * @property {number | undefined} value - Median over rounds, in the unit of the workload.
 * @property {Interval | undefined} ratio - To the baseline of the same round.
 * @property {Interval | undefined} difference - From the baseline of the same round, in the unit of the workload.
 * @property {number | undefined} historyEvents - Median.
 * @property {number} historySamples
 * @property {number | undefined} spansPerExecution
 * @property {Interval | undefined} cpuMicrosPerSpan - More processor time than the baseline's, per span written.
 * @property {number | undefined} flushes - Median.
 * @property {{ accepted: number, processed: number } | undefined} signals - Summed over rounds.
 * @property {Interval | undefined} heapBytesPerWorkflow - Slope.
 * @property {string | undefined} failure
 *
 * @typedef {object} WorkloadSummary
 * @property {string} id
 * @property {string} title
 * @property {'ms' | 'workflows/s' | 'signals' | 'bytes'} unit
 * @property {string} baseline
 * @property {string} control
 * @property {VariantSummary[]} variants
 */

const UNITS = /** @type {const} */ ({
  latency: 'ms',
  together: 'ms',
  throughput: 'workflows/s',
  outage: 'workflows/s',
  flood: 'signals',
  heap: 'bytes',
});

/**
 * What has been measured of `workload`.
 *
 * @param {Workload} workload
 * @param {import('./cells.mjs').CellStore} cells
 * @returns {WorkloadSummary | undefined} `undefined` when nothing has.
 */
export function summarizeWorkload(workload, cells) {
  const { id, title, baseline, control } = workload;
  const variants = VARIANT_IDS.flatMap((variant) => {
    const cell = cells.find(id, variant);
    const isEmpty = cell === undefined || (Object.keys(cell.rounds).length === 0 && cell.failure === undefined);
    return isEmpty ? [] : [summarizeVariant(cell, cells.find(id, baseline))];
  });
  return variants.length === 0 ? undefined : { id, title, unit: UNITS[workload.measure], baseline, control, variants };
}

/**
 * The paired ratio of two variants.
 *
 * @param {import('./cells.mjs').CellStore} cells
 * @param {string} workload
 * @param {string} variant
 * @param {string} base
 * @returns {Interval | undefined}
 */
export function ratioOf(cells, workload, variant, base) {
  return ratioInterval(pairsOf(cells.find(workload, variant), cells.find(workload, base)));
}

/**
 * @param {import('./cells.mjs').Cell} cell
 * @param {import('./cells.mjs').Cell | undefined} base
 * @returns {VariantSummary}
 */
function summarizeVariant(cell, base) {
  const samples = Object.values(cell.rounds);
  const pairs = pairsOf(cell, base);
  const flushes = samples.flatMap((sample) => (sample.flushes === undefined ? [] : [sample.flushes]));
  const signals = samples.flatMap((sample) => (sample.signals === undefined ? [] : [sample.signals]));
  const { heap, spansPerExecution } = cell;
  return {
    id: cell.variant,
    title: variantOf(cell.variant).title,
    value: heap === undefined && samples.length > 0 ? median(samples.map(({ value }) => value)) : undefined,
    ratio: heap === undefined ? ratioInterval(pairs) : undefined,
    difference: heap === undefined ? medianInterval(pairs.map((pair) => pair.sample.value - pair.base.value)) : undefined,
    historyEvents: cell.historyEvents.length === 0 ? undefined : median(cell.historyEvents),
    historySamples: cell.historyEvents.length,
    spansPerExecution,
    cpuMicrosPerSpan: spansPerExecution === undefined ? undefined : cpuInterval(pairs, spansPerExecution),
    flushes: flushes.length === 0 ? undefined : median(flushes),
    signals:
      signals.length === 0
        ? undefined
        : {
            accepted: signals.reduce((sum, { accepted }) => sum + accepted, 0),
            processed: signals.reduce((sum, { processed }) => sum + processed, 0),
          },
    heapBytesPerWorkflow:
      heap === undefined ? undefined : slopeInterval(heap.map(({ workflows, heapBytes }) => ({ x: workflows, y: heapBytes }))),
    failure: cell.failure,
  };
}

/** @param {ReturnType<typeof pairsOf>} pairs */
function ratioInterval(pairs) {
  return medianInterval(pairs.filter(({ base }) => base.value > 0).map(({ sample, base }) => sample.value / base.value));
}

/** @param {ReturnType<typeof pairsOf>} pairs @param {number} spansPerExecution */
function cpuInterval(pairs, spansPerExecution) {
  const extra = pairs.flatMap(({ sample, base }) => {
    if (sample.cpuMicros === undefined || base.cpuMicros === undefined || sample.executions === 0 || base.executions === 0)
      return [];
    return [(sample.cpuMicros / sample.executions - base.cpuMicros / base.executions) / spansPerExecution];
  });
  return medianInterval(extra);
}
