import { BASELINE, CONTROL } from './variants.mjs';

/**
 * What is run, by which variants, how often.
 *
 * @typedef {object} Workload
 * @property {string} id
 * @property {string} title
 * @property {'latency' | 'together' | 'throughput' | 'flood' | 'outage' | 'heap'} measure - How; see the modules `measure-*`.
 * @property {string} workflow - Name of the workflow function.
 * @property {readonly unknown[]} args - Its arguments.
 * @property {number} repeats - Executions of one variant in one round: one after another, or at once; of a flood, workflow ids.
 * @property {string} baseline - What the others are compared with.
 * @property {string} control - Does the same as the baseline, in another process.
 * @property {readonly string[]} variants - In every round, besides baseline and control.
 * @property {readonly string[]} seldom - In every `seldomEvery`-th round only: what no target asks for, or what takes long.
 * @property {ByMode} seldomEvery - 0: never.
 * @property {boolean} countsFlushes - Whether the flushes on a run's path are counted from its history.
 * @property {ByMode} pairs - Rounds to run. More are run, up to twice as many, while the control is not quiet and time is left.
 * @property {ByMode} budgetMs - After that long no further round begins.
 * @property {number} roundMs - What the first round will take, about: it does not begin when less is left of the whole run's time.
 * @property {number} capMs - One cell, that is one variant in one round, may take that long; a variant that does not make it is left out.
 * @property {number} signals - Sent one after another to each execution.
 *
 * @typedef {{ readonly quick: number, readonly full: number }} ByMode - For pairs, 0: not run in that mode.
 */

const OTEL = ['otel-v1', 'otel-v2'];
const CLOSINGS = ['closing-direct', 'closing-activity', 'closing-background', 'closing-record'];

/** @type {Omit<Workload, 'id' | 'title' | 'workflow' | 'pairs' | 'budgetMs'>} */
const DEFAULTS = {
  measure: 'latency',
  args: [],
  repeats: 1,
  baseline: BASELINE,
  control: CONTROL,
  variants: ['everspan-auto', ...OTEL],
  seldom: [],
  seldomEvery: { quick: 4, full: 4 },
  roundMs: 8_000,
  countsFlushes: false,
  capMs: 60_000,
  signals: 0,
};

const HTTP = { baseline: 'http-0', control: 'http-0-control', variants: ['http-5'], countsFlushes: true };

/** @type {readonly Workload[]} */
export const WORKLOADS = [
  {
    ...DEFAULTS,
    id: 'one',
    title: '1 activity',
    workflow: 'inARow',
    args: [1],
    repeats: 5,
    seldom: ['everspan-remote', ...CLOSINGS, 'awaited'],
    seldomEvery: { quick: 3, full: 2 },
    pairs: { quick: 15, full: 40 },
    budgetMs: seconds(20, 80),
  },
  {
    ...DEFAULTS,
    id: 'ten-in-a-row',
    title: '10 in a row',
    workflow: 'inARow',
    args: [10],
    repeats: 3,
    variants: ['everspan-auto', ...OTEL, 'awaited'],
    seldom: ['everspan-remote', ...CLOSINGS],
    seldomEvery: { quick: 5, full: 4 },
    pairs: { quick: 20, full: 40 },
    budgetMs: seconds(65, 260),
  },
  {
    ...DEFAULTS,
    id: 'hundred-in-a-row',
    title: '100 in a row',
    workflow: 'inARow',
    args: [100],
    seldom: ['everspan-remote', 'awaited'],
    seldomEvery: { quick: 4, full: 8 },
    pairs: { quick: 3, full: 40 },
    budgetMs: seconds(15, 220),
  },
  {
    ...DEFAULTS,
    id: 'thousand-in-a-row',
    title: '1,000 in a row',
    workflow: 'inARow',
    args: [1_000],
    variants: ['everspan-auto'],
    seldom: OTEL,
    seldomEvery: { quick: 0, full: 1 },
    pairs: { quick: 1, full: 6 },
    budgetMs: seconds(40, 380),
    capMs: 120_000,
    roundMs: 80_000,
  },
  {
    ...DEFAULTS,
    id: 'fifty-in-parallel',
    title: '50 in parallel',
    workflow: 'inParallel',
    args: [50],
    repeats: 3,
    seldom: ['everspan-remote', 'closing-background', 'awaited'],
    seldomEvery: { quick: 5, full: 4 },
    pairs: { quick: 20, full: 40 },
    budgetMs: seconds(50, 220),
  },
  {
    ...DEFAULTS,
    id: 'five-hundred-in-parallel',
    title: '500 in parallel',
    workflow: 'inParallel',
    args: [500],
    seldom: ['everspan-remote'],
    seldomEvery: { quick: 4, full: 8 },
    pairs: { quick: 3, full: 40 },
    budgetMs: seconds(20, 200),
    roundMs: 15_000,
  },
  {
    ...DEFAULTS,
    id: 'six-slow',
    title: '6 of 1.5 s each',
    measure: 'together',
    workflow: 'inARowSlow',
    args: [6, 1_500],
    repeats: 4,
    variants: ['everspan-auto', 'everspan-remote', ...OTEL],
    pairs: { quick: 8, full: 40 },
    budgetMs: seconds(25, 120),
    roundMs: 12_000,
  },
  {
    ...DEFAULTS,
    id: 'twenty-children',
    title: '20 children',
    workflow: 'withChildren',
    args: [20],
    seldom: ['everspan-remote'],
    seldomEvery: { quick: 5, full: 4 },
    pairs: { quick: 5, full: 40 },
    budgetMs: seconds(15, 130),
  },
  {
    ...DEFAULTS,
    id: 'signal-loop',
    title: 'a loop over 10 signals',
    workflow: 'signalLoop',
    args: [10],
    signals: 10,
    seldom: ['everspan-remote', ...CLOSINGS],
    seldomEvery: { quick: 8, full: 4 },
    pairs: { quick: 8, full: 40 },
    budgetMs: seconds(20, 90),
  },
  {
    ...DEFAULTS,
    id: 'flood',
    title: 'signalWithStart for 4 s',
    measure: 'flood',
    variants: ['everspan-auto'],
    workflow: 'drain',
    repeats: 6,
    seldom: [...OTEL, 'everspan-remote', ...CLOSINGS],
    seldomEvery: { quick: 0, full: 4 },
    pairs: { quick: 6, full: 24 },
    budgetMs: seconds(45, 400),
    roundMs: 50_000,
  },
  {
    ...DEFAULTS,
    id: 'forty-at-once',
    title: '40 workflows of 10 at once',
    measure: 'throughput',
    workflow: 'inARow',
    args: [10],
    repeats: 40,
    seldom: ['everspan-remote', 'closing-background', 'awaited'],
    seldomEvery: { quick: 0, full: 8 },
    pairs: { quick: 4, full: 40 },
    budgetMs: seconds(40, 430),
    roundMs: 30_000,
  },
  ...['one', 'ten-in-a-row', 'fifty-in-parallel'].map((like) => ({
    ...DEFAULTS,
    ...HTTP,
    id: `http-${like}`,
    title: { one: '1 activity', 'ten-in-a-row': '10 in a row' }[like] ?? '50 in parallel',
    workflow: like === 'fifty-in-parallel' ? 'inParallel' : 'inARow',
    args: [{ one: 1, 'ten-in-a-row': 10 }[like] ?? 50],
    repeats: 3,
    pairs: { quick: 12, full: 40 },
    budgetMs: seconds(10, 50),
  })),
  {
    ...DEFAULTS,
    id: 'outage',
    title: 'throughput after the first second of an outage',
    measure: 'outage',
    workflow: 'inARow',
    args: [3],
    repeats: 10,
    baseline: 'outage-healthy',
    control: 'outage-control',
    variants: ['outage-hang', 'outage-503'],
    pairs: { quick: 2, full: 16 },
    budgetMs: seconds(35, 280),
    roundMs: 25_000,
  },
  {
    ...DEFAULTS,
    id: 'heap',
    title: 'heap from the 2,000th to the 10,000th workflow',
    measure: 'heap',
    workflow: 'inARow',
    args: [1],
    baseline: 'heap-control',
    control: 'heap-control',
    variants: ['heap-everspan'],
    pairs: { quick: 0, full: 1 },
    budgetMs: seconds(0, 380),
    capMs: 380_000,
    roundMs: 200_000,
  },
];

/** @param {number} quick @param {number} full @returns {ByMode} */
function seconds(quick, full) {
  return { quick: quick * 1_000, full: full * 1_000 };
}

/** Names that `--only` may give. */
export const WORKLOAD_IDS = WORKLOADS.map(({ id }) => id);
