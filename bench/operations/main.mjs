/** `npm run bench -- operations`: transitions beside bare scripts, the event loop under large checkpoints, and sweeps of many operations. */
import { parseArgs } from 'node:util';
import { formatInterval } from '../numbers.mjs';
import { median, medianInterval, quantile, seededRandom, shuffled } from '../statistics.mjs';
import { publishSuite, say } from '../suite-report.mjs';
import { judgeInterval, judgeValue } from '../verdicts.mjs';
import { checkpointDelays } from './checkpoints.mjs';
import { startOwnRedis } from './redis-server.mjs';
import { sweepTimes } from './sweeps.mjs';
import { transitionRound } from './transitions.mjs';

const RATIO_MIN = 0.6;
const DELAY_MORE_MS_MAX = 3;
/** An event loop that is idle and still held up for longer, at the p99, says that the machine is busy with something else. */
const IDLE_DELAY_MS_MAX = 3;
const FIND_MS_MAX = 50;
const CLOSE_MS_MAX = 1_000;
/** "Flat": what a hundred times as many operations may cost at most, beside what a search in a sorted set costs by its nature. */
const FLAT_RATIO_MAX = 2;
const SIZES = {
  quick: { pairs: 8, operations: { 1: 100, 32: 500 }, checkpoints: 40, active: [10_000, 200_000], repeats: 5 },
  full: { pairs: 40, operations: { 1: 300, 32: 2_000 }, checkpoints: 200, active: [10_000, 200_000, 1_000_000], repeats: 15 },
};

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, strict: { type: 'boolean' } } });
const mode = values.quick === true ? 'quick' : 'full';
const size = SIZES[mode];
/** @type {import('../numbers.mjs').NumberLine[]} */
const numbers = [];
const server = await startOwnRedis();
try {
  const client = server.connect();
  for (const inFlight of /** @type {const} */ ([1, 32])) numbers.push(...(await transitionLines(client, inFlight)));
  numbers.push(await delayLine(client));
  numbers.push(...(await sweepLines(client)));
} finally {
  await server.stop();
}

publishSuite({ name: 'operations', mode, isStrict: values.strict === true, numbers, versions: { Redis: server.version } });

/** @param {import('ioredis').Redis} client @param {1 | 32} inFlight */
async function transitionLines(client, inFlight) {
  say(`transitions, ${inFlight} in flight …`);
  const random = seededRandom(inFlight);
  const options = {
    inFlight,
    operations: size.operations[inFlight],
    shuffle: (/** @type {any} */ list) => shuffled(list, random),
  };
  // Not counted: the first round is run by the interpreter.
  await transitionRound(client, { ...options, operations: 50 });
  /** @type {Awaited<ReturnType<typeof transitionRound>>[]} */
  const rounds = [];
  for (let pair = 0; pair < size.pairs; pair += 1) rounds.push(await transitionRound(client, options));
  const middle = (/** @type {keyof typeof rounds[0]} */ name) =>
    `${Math.round(median(rounds.map((round) => round[name]))).toLocaleString('en')}/s`;
  const control = medianInterval(rounds.map(({ writes, writesAgain }) => writesAgain / writes));
  return /** @type {const} */ (['writes', 'empty']).map((bare) => {
    const ratio = medianInterval(rounds.map((round) => round.validated / round[bare]));
    const what = bare === 'writes' ? 'a bare EVALSHA that sets state and TTL' : 'an EVALSHA that does nothing';
    return {
      text: `validated transition (${middle('validated')}) to ${what} (${middle(bare)}), ${inFlight} in flight`,
      target: `≥ ${RATIO_MIN}`,
      measured: formatInterval(ratio),
      control: formatInterval(control),
      verdict: judgeInterval(ratio, control, { atLeast: RATIO_MIN }),
    };
  });
}

/** @param {import('ioredis').Redis} client */
async function delayLine(client) {
  say('checkpoints of 1 MB …');
  const { stringify, checkpoint, idle, totalMs } = await checkpointDelays(client, size.checkpoints);
  const [bare, held, unrest] = [quantile(stringify, 0.99), quantile(checkpoint, 0.99), quantile(idle, 0.99)];
  return {
    text: `event loop held up by a checkpoint of 1 MB, p99 of ${checkpoint.length}, above JSON.stringify alone (saved after ${median(totalMs).toFixed(0)} ms)`,
    target: `≤ ${DELAY_MORE_MS_MAX} ms`,
    measured: `${(held - bare).toFixed(1)} ms (${held.toFixed(1)} − ${bare.toFixed(1)}; medians ${median(checkpoint).toFixed(1)} and ${median(stringify).toFixed(1)})`,
    control: `${unrest.toFixed(1)} ms while it did nothing`,
    verdict: unrest > IDLE_DELAY_MS_MAX ? /** @type {const} */ ('noisy') : judgeValue(held - bare, { atMost: DELAY_MORE_MS_MAX }),
  };
}

/** @param {import('ioredis').Redis} client */
async function sweepLines(client) {
  const lines = [];
  /** @type {number[]} */
  const finds = [];
  for (const active of size.active) {
    say(`sweep of ${active.toLocaleString('en')} …`);
    const { findMs, closeMs } = await sweepTimes(client, { active, repeats: size.repeats });
    finds.push(median(findMs));
    const among = `200 overdue among ${active.toLocaleString('en')} active`;
    for (const [what, times, bound] of /** @type {const} */ ([
      ['found', findMs, FIND_MS_MAX],
      ['closed', closeMs, CLOSE_MS_MAX],
    ])) {
      lines.push({
        text: `${among} ${what}`,
        target: `≤ ${bound.toLocaleString('en')} ms`,
        measured: `${median(times).toFixed(1)} ms (${Math.min(...times).toFixed(1)}–${Math.max(...times).toFixed(1)}), ${times.length} sweeps`,
        control: '',
        verdict: judgeValue(median(times), { atMost: bound }),
      });
    }
  }
  const growth = (finds.at(-1) ?? Number.NaN) / (finds[0] ?? Number.NaN);
  lines.push({
    text: `finding them among ${size.active.at(-1)?.toLocaleString('en')} to finding them among ${size.active[0]?.toLocaleString('en')}`,
    target: `≤ ${FLAT_RATIO_MAX}`,
    measured: growth.toFixed(2),
    control: '',
    verdict: judgeValue(growth, { atMost: FLAT_RATIO_MAX }),
  });
  return lines;
}
