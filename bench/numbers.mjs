import { ratioOf } from './summary.mjs';
import { BASELINE, CONTROL } from './variants.mjs';
import { judgeCount, judgeInterval, judgeSlope, judgeValue } from './verdicts.mjs';

/**
 * A number to reach, and how it stands.
 *
 * @typedef {object} NumberLine
 * @property {string} text
 * @property {string} target
 * @property {string} measured
 * @property {string} control - What the control says of the machine; empty where there is none.
 * @property {import('./verdicts.mjs').Verdict} verdict
 *
 * @typedef {import('./summary.mjs').WorkloadSummary} WorkloadSummary
 * @typedef {import('./statistics.mjs').Interval} Interval
 * @typedef {import('./verdicts.mjs').Bound} Bound
 *
 * @typedef {object} Measurements
 * @property {readonly WorkloadSummary[]} workloads
 * @property {import('./cells.mjs').CellStore} cells
 * @property {ReadonlyMap<string, import('./bundles.mjs').Bundle>} bundles
 */

const AUTO = 'everspan-auto';
const BUNDLE_BYTES_MAX = 60 * 1_024;
const HTTP_DELAY_MS = 5;
const HTTP_FACTOR = 1.3;

/** Workload, and how many more events than untraced `auto` may write there. @type {readonly (readonly [string, number])[]} */
const HISTORY_MORE = [
  ['one', 4],
  ['ten-in-a-row', 7],
  ['fifty-in-parallel', 10],
  ['six-slow', 2 * 6 + 4],
];
const HISTORY_THOUSAND_SHARE = 0.1;

/**
 * Every number to reach, with its verdict.
 *
 * @param {Measurements} measurements
 * @returns {NumberLine[]}
 */
export function judgeNumbers(measurements) {
  return [
    ratioLine(measurements, 'ten-in-a-row', AUTO, BASELINE, { atMost: 1.1 }),
    ratioLine(measurements, 'fifty-in-parallel', AUTO, BASELINE, { atMost: 1.1 }),
    ratioLine(measurements, 'forty-at-once', AUTO, BASELINE, { atLeast: 0.9 }),
    ratioLine(measurements, 'forty-at-once', AUTO, BASELINE, { atLeast: 0.97 }, ' (wish)'),
    ...measurements.workloads
      .filter(({ control }) => control === CONTROL)
      .flatMap((workload) => otelLines(measurements, workload)),
    ...['http-one', 'http-ten-in-a-row', 'http-fifty-in-parallel'].map((id) => httpLine(measurements, id)),
    ...HISTORY_MORE.map(([id, more]) => historyLine(measurements, id, () => more)),
    historyLine(measurements, 'thousand-in-a-row', (baseline) => Math.floor(baseline * HISTORY_THOUSAND_SHARE)),
    ratioLine(measurements, 'ten-in-a-row', 'awaited', AUTO, { atLeast: 3 }),
    bundleLine(measurements),
    heapLine(measurements),
    ratioLine(measurements, 'flood', AUTO, BASELINE, { atLeast: 0.6 }),
    ...lostLines(measurements),
    ratioLine(measurements, 'outage', 'outage-hang', 'outage-healthy', { atLeast: 0.8 }),
    ratioLine(measurements, 'outage', 'outage-503', 'outage-healthy', { atLeast: 0.8 }),
  ];
}

/**
 * @param {Measurements} measurements @param {string} id @param {string} variant @param {string} base @param {Bound} bound
 * @returns {NumberLine}
 */
function ratioLine({ workloads, cells }, id, variant, base, bound, remark = '') {
  const workload = workloads.find((one) => one.id === id);
  const control = workload?.variants.find((one) => one.id === workload.control)?.ratio;
  const ratio = ratioOf(cells, id, variant, base);
  return {
    text: `${workload?.title ?? id}: ${workload?.unit ?? ''} of ${variant} to ${base}${remark}`,
    target: 'atMost' in bound ? `≤ ${bound.atMost}` : `≥ ${bound.atLeast}`,
    measured: formatInterval(ratio),
    control: formatInterval(control),
    verdict: judgeInterval(ratio, control, bound),
  };
}

/** Not behind OpenTelemetry: no slower, no less throughput. @param {Measurements} measurements @param {WorkloadSummary} workload */
function otelLines(measurements, { id, unit, variants }) {
  const bound = unit === 'ms' ? { atMost: 1 } : { atLeast: 1 };
  return ['otel-v1', 'otel-v2']
    .filter((otel) => variants.some((variant) => variant.id === otel))
    .map((otel) => ratioLine(measurements, id, AUTO, otel, bound));
}

/** @param {Measurements} measurements @param {string} id @returns {NumberLine} */
function httpLine({ workloads }, id) {
  const workload = workloads.find((one) => one.id === id);
  const find = (/** @type {string | undefined} */ variant) => workload?.variants.find((one) => one.id === variant);
  const slow = find('http-5');
  const control = find(workload?.control)?.ratio;
  const flushes = slow?.flushes;
  const limitMs = flushes === undefined ? undefined : HTTP_FACTOR * HTTP_DELAY_MS * flushes;
  return {
    text: `${workload?.title ?? id}: p50 added by a processor of 5 ms, ${flushes ?? '?'} flushes on the path`,
    target: limitMs === undefined ? '≤ 1.3 × 5 ms × flushes' : `≤ ${limitMs.toFixed(1)} ms`,
    measured: formatInterval(slow?.difference, 1, ' ms'),
    control: formatInterval(control),
    verdict: limitMs === undefined ? 'not measured' : judgeInterval(slow?.difference, control, { atMost: limitMs }),
  };
}

/** @param {Measurements} measurements @param {string} id @param {(baseline: number) => number} more @returns {NumberLine} */
function historyLine({ workloads }, id, more) {
  const workload = workloads.find((one) => one.id === id);
  const events = (/** @type {string} */ variant) => workload?.variants.find((one) => one.id === variant)?.historyEvents;
  const counts = { baseline: events(BASELINE), control: events(CONTROL), value: events(AUTO) };
  const { baseline, control, value } = counts;
  const moreAtMost = more(baseline ?? Number.NaN);
  return {
    text: `${workload?.title ?? id}: history events more than untraced`,
    target: Number.isNaN(moreAtMost) ? '≤ 10 %' : `≤ ${moreAtMost}`,
    measured: value === undefined || baseline === undefined ? '' : `${value - baseline} (${value} to ${baseline})`,
    control: control === undefined || baseline === undefined ? '' : `${control - baseline}`,
    verdict: judgeCount(counts, moreAtMost),
  };
}

/** @param {Measurements} measurements @returns {NumberLine} */
function bundleLine({ bundles }) {
  const traced = bundles.get('everspan')?.codeBytes;
  const untraced = bundles.get('untraced')?.codeBytes;
  const grown = traced === undefined || untraced === undefined ? undefined : traced - untraced;
  return {
    text: 'isolate bundle grown by, source map left out',
    target: `≤ ${BUNDLE_BYTES_MAX.toLocaleString('en')} bytes`,
    measured: grown === undefined ? '' : `${grown.toLocaleString('en')} bytes`,
    control: '',
    verdict: judgeValue(grown, { atMost: BUNDLE_BYTES_MAX }),
  };
}

/** @param {Measurements} measurements @returns {NumberLine} */
function heapLine({ workloads }) {
  const slope = (/** @type {string} */ id) =>
    workloads.find((one) => one.id === 'heap')?.variants.find((one) => one.id === id)?.heapBytesPerWorkflow;
  const [traced, control] = [slope('heap-everspan'), slope('heap-control')];
  return {
    text: 'heap from the 2,000th to the 10,000th workflow, bytes per workflow',
    target: "within the control's",
    measured: formatInterval(traced, 0, '', 'points'),
    control: formatInterval(control, 0, '', 'points'),
    verdict: judgeSlope(traced, control),
  };
}

/** @param {Measurements} measurements @returns {NumberLine[]} */
function lostLines({ workloads }) {
  const variants = workloads.find((one) => one.id === 'flood')?.variants ?? [];
  return variants
    .filter(({ id }) => id !== BASELINE && id !== CONTROL)
    .map(({ id, signals }) => ({
      text: `signals accepted and not processed, ${id}`,
      target: '0',
      measured: signals === undefined ? '' : `${signals.accepted - signals.processed} of ${signals.accepted}`,
      control: '',
      verdict: judgeValue(signals === undefined ? undefined : signals.accepted - signals.processed, { atMost: 0 }),
    }));
}

/** @param {Interval | undefined} interval @param {number} [digits] @param {string} [unit] @param {string} [of] - What was counted. */
export function formatInterval(interval, digits = 2, unit = '', of = 'pairs') {
  if (interval === undefined) return '';
  const [median, low, high] = [interval.median, interval.low, interval.high].map((value) => value.toFixed(digits));
  return `${median}${unit} [${low}–${high}], ${interval.count} ${of}`;
}
