import { median } from '../statistics.mjs';
import { judgeValue } from '../verdicts.mjs';
import { measureCollector } from './measure.mjs';

const SPANS_PER_SECOND_MIN = 20_000;
const LIVE_P99_MS_MAX = 250;
const SIZES = {
  quick: { rounds: 5, batchesPerRound: 20, liveSeconds: 5 },
  full: { rounds: 15, batchesPerRound: 40, liveSeconds: 20 },
};

/**
 * The numbers of a collector over SQLite, for the benchmark of the stores.
 *
 * @param {string} folder - Empty; for the database.
 * @param {'quick' | 'full'} mode
 * @returns {Promise<import('../numbers.mjs').NumberLine[]>}
 */
export async function collectorNumbers(folder, mode) {
  const { writes, live } = await measureCollector(folder, SIZES[mode]);
  const perSecond = median(writes.collector);
  const delays = live.delaysMs.toSorted((a, b) => a - b);
  const p99 = delays.length < live.sent ? undefined : delays[Math.floor(delays.length * 0.99)];
  const shown = (/** @type {number} */ rate) => (Math.round(rate / 100) * 100).toLocaleString('en');
  return [
    {
      text: 'over HTTP into SQLite: spans a second, 1,000 a request, 3 senders',
      target: `≥ ${SPANS_PER_SECOND_MIN.toLocaleString('en')}`,
      measured: shown(perSecond),
      control: `a server that only parses and answers: ${shown(median(writes.bare))}`,
      verdict: judgeValue(perSecond, { atLeast: SPANS_PER_SECOND_MIN }),
    },
    {
      text: 'live: from END_SPAN to the event at a listening client, p99 at 1,000 spans a second',
      target: `< ${LIVE_P99_MS_MAX} ms`,
      measured:
        p99 === undefined
          ? `${live.sent - delays.length} did not come`
          : `${p99.toFixed(0)} ms (median ${median(delays).toFixed(0)})`,
      control: '',
      verdict: p99 === undefined ? 'missed' : judgeValue(p99, { atMost: LIVE_P99_MS_MAX }),
    },
  ];
}
