import { ApplicationFailure, proxyActivities, proxyLocalActivities, sleep } from '@temporalio/workflow';
import { type ActiveSpan, withSpan } from '../../../src/workflow.js';

const remote = proxyActivities<{ step(value: string): Promise<string> }>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 1 },
});
const local = proxyLocalActivities<{ step(value: string): Promise<string> }>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 1 },
});

/** Values that break whoever looks at them without care, by name. */
function hostileValues(): Record<string, () => unknown> {
  return {
    cycle: () => {
      const cycle: Record<string, unknown> = { name: 'cycle' };
      cycle['self'] = cycle;
      return cycle;
    },
    bigint: () => 12n ** 40n,
    nan: () => ({ nan: Number.NaN, infinity: Number.POSITIVE_INFINITY, zero: -0 }),
    surrogates: () => `lone \ud800 and \udc00, nul \u0000`,
    tenMegabytes: () => 'x'.repeat(10_000_000),
    deep: () => {
      let deep: unknown = 'bottom';
      for (let depth = 0; depth < 20_000; depth += 1) deep = [deep];
      return deep;
    },
    getter: () => ({
      get broken(): string {
        throw new TypeError('a getter that throws');
      },
    }),
    toJson: () => ({
      toJSON() {
        throw new TypeError('a toJSON that throws');
      },
    }),
    proxy: () =>
      new Proxy(
        {},
        {
          get() {
            throw new TypeError('a trap that throws');
          },
          ownKeys() {
            throw new TypeError('a trap that throws');
          },
          getPrototypeOf() {
            throw new TypeError('a trap that throws');
          },
        },
      ),
    revoked: () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    symbol: () => Symbol('symbol'),
    function: () => () => 'called',
    date: () => new Date(Number.NaN),
    bytes: () => new Uint8Array(1_000_000),
    map: () => new Map([[{}, new Set([1])]]),
    wide: () => Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key ${index}`, index])),
    nothing: () => undefined,
    null: () => null,
    noPrototype: () => Object.create(null) as object,
  };
}

/** Each value as name, attribute, attributes, event, link, input, output, status and error of a span; names of those that threw. */
export async function hostileSpans(): Promise<string[]> {
  const threw: string[] = [];
  for (const [name, make] of Object.entries(hostileValues())) {
    const value = make();
    try {
      await withSpan(
        `${name} in it`,
        async (span: ActiveSpan) => {
          span.setAttribute('value', value);
          span.setAttributes({ 'in.list': [value, 1], [`${name}.key`]: value });
          span.setAttributes(value as Record<string, unknown>);
          span.addEvent(value as string, { value });
          span.addEvent('event', value as Record<string, unknown>);
          span.addLink(value as { traceId: string; spanId: string });
          span.setAttribute(value as string, 'value');
          span.setOutput({ value });
          await Promise.resolve();
          span.setOutput(value);
          if (name === 'nan') span.setStatus('ERROR', value as string);
        },
        { attributes: { at: 'start', value }, input: value },
      );
      withSpan(value as string, () => {});
      withSpan('result', () => value);
      withSpan('all', () => {}, value as object);
      withSpan('kind', () => {}, { kind: value as 'CLIENT', type: value as string });
      withSpan('options', () => {}, { attributes: value as Record<string, unknown> });
      withSpan('status', (span) => span.setStatus('OK', value as string));
    } catch (error) {
      threw.push(`${name}: ${String(error)}`);
    }
    // What the body throws comes out as it was, whatever it is.
    const thrown: unknown = await withSpan('throwing', async () => {
      throw value;
    }).catch((error: unknown) => ({ error }));
    if (!Object.is((thrown as { error: unknown }).error, value)) threw.push(`${name}: another error came out`);
  }
  // A linger, so that what has gathered flies while the run lives.
  await sleep(1_100);
  return threw;
}

/** Text that nobody may read in history or at a processor, in each place where it could get there. */
export async function secretive(secret: string): Promise<string> {
  await withSpan(
    `name ${secret}`,
    async (span) => {
      span.setAttribute('token', secret);
      span.addEvent(`event ${secret}`, { token: secret });
      span.setOutput({ token: secret });
      await remote.step(secret);
    },
    { attributes: { early: secret }, input: { token: secret } },
  );
  await local.step(secret);
  await remote.step(`fail ${secret}`).catch(() => {});
  await withSpan('failing', () => Promise.reject(new TypeError(`about ${secret}`))).catch(() => {});
  // A linger, so that open spans fly too.
  await sleep(1_100);
  throw ApplicationFailure.nonRetryable(`ended with ${secret}`, 'Ended', secret);
}

/** A few spans over two flushes. */
export async function growing(): Promise<number> {
  const values = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      withSpan(`part ${index}`, () => remote.step('v'), { attributes: { text: 't'.repeat(4_000) }, input: 'i'.repeat(4_000) }),
    ),
  );
  await sleep(1_100);
  return values.length;
}
