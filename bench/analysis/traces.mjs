/** Traces to find the critical path of, as they come out of a store. Times are microseconds. */

const BASE_MICROS = 1_777_420_800_000_000;
const TRACE_ID = '0197a1b2c3d4e5f60718293a4b5c6d7e';

/**
 * @typedef {import('everspan').Span} Span
 * @typedef {(count: number) => Span[]} MakeTrace
 */

/** @type {Readonly<Record<string, MakeTrace>>} */
export const TRACE_SHAPES = {
  /** One after another under one parent, each starting as the one before ends. */
  row: (count) => {
    const spans = [span(0, undefined, 0, count)];
    for (let place = 1; place < count; place += 1) spans.push(span(place, 0, place - 1, place));
    return spans;
  },
  /** Each under the one before. */
  chain: (count) => {
    const spans = [span(0, undefined, 0, 2 * count)];
    for (let place = 1; place < count; place += 1) spans.push(span(place, place - 1, place, 2 * count - place));
    return spans;
  },
  /** All under one parent, overlapping, in no order. */
  fan: (count) => {
    const spans = [span(0, undefined, 0, count * 2)];
    for (let place = 1; place < count; place += 1) {
      const start = (place * 7_919) % count;
      spans.push(span(place, 0, start, start + 1 + (place % 97)));
    }
    return spans;
  },
  /** A workflow of waves: a timer, then ten activities at once with two attempts each, a signal now and then. */
  workflow: (count) => {
    const perWave = 32;
    const waves = Math.max(1, Math.floor((count - 1) / perWave));
    const spans = [span(0, undefined, 0, waves * 100_000, { type: 'workflow', name: 'workflow crawl' })];
    for (let wave = 0; wave < waves; wave += 1) addWave(spans, wave * 100_000, wave);
    return spans;
  },
};

/** @param {Span[]} spans @param {number} from @param {number} wave */
function addWave(spans, from, wave) {
  spans.push(span(spans.length, 0, from, from + 10_000, { type: 'timer', name: 'timer' }));
  for (let place = 0; place < 10; place += 1) {
    const start = from + 10_000;
    const end = from + 100_000 - place * 500;
    const activity = spans.length;
    spans.push(span(activity, 0, start, end, { type: 'activity', name: `activity step${place}` }));
    spans.push(attempt(spans.length, activity, start + 2_000, start + 20_000, 1, start + 500, 'ERROR'));
    spans.push(attempt(spans.length, activity, start + 45_000, end - 3_000, 2, start + 40_000, 'OK'));
  }
  spans.push(
    span(spans.length, 0, from + 10_000, from + 10_000 + (wave % 7), { type: 'signal_handler', name: 'handle signal more' }),
  );
}

/**
 * @param {number} place @param {number} above @param {number} start @param {number} end @param {number} number @param {number} scheduled
 * @param {'OK' | 'ERROR'} status
 */
function attempt(place, above, start, end, number, scheduled, status) {
  return span(place, above, start, end, {
    type: 'attempt',
    name: 'attempt step',
    attempt: number,
    status,
    attributes: {
      'temporal.task_queue': 'steps',
      'temporal.activity.attempt_scheduled_time': BASE_MICROS + scheduled,
    },
  });
}

/**
 * @param {number} place @param {number | undefined} above @param {number} start @param {number} end @param {Partial<Span>} [rest]
 * @returns {Span}
 */
function span(place, above, start, end, rest = {}) {
  // Through JSON, so that texts and objects lie in memory as those that a store hands out.
  return JSON.parse(
    JSON.stringify({
      spanId: idOf(place),
      traceId: TRACE_ID,
      ...(above === undefined ? {} : { parentId: idOf(above) }),
      name: `step ${place % 50}`,
      kind: 'INTERNAL',
      type: 'custom',
      startTime: BASE_MICROS + start,
      endTime: BASE_MICROS + end,
      status: 'OK',
      attributes: {},
      events: [],
      links: [],
      resource: {},
      scope: { name: 'bench' },
      source: 'observed',
      revision: 0,
      attempt: 1,
      ...rest,
    }),
  );
}

/** @param {number} place */
function idOf(place) {
  // Ids of spans are hashes: neighbours have nothing in common.
  return (Math.imul(place, 0x9e37_79b1) >>> 0).toString(16).padStart(8, '0') + place.toString(16).padStart(8, '0');
}
