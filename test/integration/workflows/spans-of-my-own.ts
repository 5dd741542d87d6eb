import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  log,
  proxyActivities,
  proxyLocalActivities,
  proxySinks,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { activeTrace, withSpan } from '../../../src/workflow.js';

interface Activities {
  greet(name: string): Promise<string>;
}
const { greet } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });
const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '1 minute' });

export const progress = defineQuery<string>('progress');
export const go = defineSignal('go');

export async function nestSpans(): Promise<string> {
  return withSpan('outer', async (outer) => {
    outer.setAttribute('question', 42);
    const first = await withSpan('inner', async (inner) => {
      inner.addEvent('looked', { where: 'here' });
      await sleep(10);
      inner.setOutput({ found: true });
      return greet('inner');
    });
    await sleep(10);
    const second = withSpan('at once', () => 'and more', { attributes: { 'of.one': 'instant' }, kind: 'CLIENT', type: 'lookup' });
    return `${first} ${second}`;
  });
}

export async function fiftyAtOnce(): Promise<number> {
  const lengths = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      withSpan(`branch ${index}`, async (span) => {
        span.setAttribute('index', index);
        // Branches take turns in every way that code can wait.
        if (index % 3 === 0) await sleep(5 + index);
        if (index % 3 === 1) await Promise.resolve();
        const name = await local.greet(`${index}`);
        return withSpan(`leaf ${index}`, async () => {
          await greet(name);
          return name.length;
        });
      }),
    ),
  );
  return lengths.length;
}

export async function failInSpan(): Promise<string> {
  try {
    await withSpan('fails', async () => {
      await sleep(1);
      throw new RangeError('out of bounds');
    });
  } catch {
    // What a span's body throws comes out as it is.
  }
  try {
    withSpan('fails at once', () => {
      throw ApplicationFailure.nonRetryable('at once', 'Hasty');
    });
  } catch {
    // As above.
  }
  await withSpan('settles itself', async (span) => span.setStatus('ERROR', 'not as good as it looks'));
  return 'done';
}

export async function abuseSpans(): Promise<string> {
  const circle: Record<string, unknown> = { name: 'circle', big: 10n, not: Number.NaN, lone: '\ud800' };
  circle['self'] = circle;
  return withSpan(
    'x'.repeat(2_000),
    (span) => {
      span.setAttribute('circle', circle);
      span.setAttributes({
        get thrower(): never {
          throw new Error('a getter that throws');
        },
      });
      for (let index = 0; index < 300; index += 1) span.addEvent(`event ${index}`);
      for (let index = 0; index < 300; index += 1) span.setAttribute(`attribute ${index}`, index);
      span.addLink({ traceId: 'no trace', spanId: 'no span' });
      span.setOutput(circle);
      return 'unharmed';
    },
    { input: circle },
  );
}

export async function waitAndTell(): Promise<string> {
  let state = 'waiting';
  let isTold = false;
  setHandler(progress, () => withSpan('asked', () => state));
  setHandler(go, () => {
    isTold = true;
  });
  await condition(() => isTold);
  state = 'done';
  return state;
}

const { place } = proxySinks<{ place: { seen(trace: unknown): void } }>();

export async function logAlong(): Promise<void> {
  log.warn('at the root');
  await withSpan('logged', async () => {
    place.seen(activeTrace());
    log.warn('in a span');
    await greet('log');
    log.warn('after an activity');
  });
}
