import { fileURLToPath } from 'node:url';
import { Client, type ClientOptions } from '@temporalio/client';
import { beforeAll, expect, test } from 'vitest';
import { withSpan } from '../../src/index.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { CAPTURED_VALUE_BYTES_MAX, NAME_LENGTH_MAX } from '../../src/span/limits.js';
import { validateSpan } from '../../src/span/validate-span.js';
import { eventsOf, type HistoryEvent, taskFailures } from '../helpers/event-history.js';
import { encryptingCodec, growingCodec } from '../helpers/payload-codecs.js';
import { isAway, ScriptedProcessor } from '../helpers/scripted-processor.js';
import { describeWith } from '../helpers/servers.js';
import { type Bench, type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';

const SECRET = 'swordfish-4711';

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/hostile.ts', import.meta.url)));
});

const activities = {
  step: async (value: string) => {
    if (value.startsWith('fail')) throw new TypeError(`refused ${value}`);
    return withSpan(`own ${value}`, async (span) => {
      span.setAttribute('token', value);
      return value;
    });
  },
};

function clientWith(bench: Bench, options: Pick<ClientOptions, 'dataConverter' | 'plugins'>): Client {
  return new Client({ ...options, connection: bench.client.connection });
}

describeWith('temporalServer')('values of any shape given to withSpan', () => {
  test('never throw into the workflow, and arrive cut or cleaned, and marked', async () => {
    const bench = await setUpBench('hostile');
    const { client, taskQueue } = bench;
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const threw: unknown = await withWorker(bench, { workflowBundle: bundles.traced, activities, plugins: [plugin] }, () =>
      client.workflow.execute('hostileSpans', { workflowId: taskQueue, taskQueue }),
    );
    expect(threw).toEqual([]);
    expect(taskFailures(await eventsOf(client, taskQueue))).toEqual([]);
    expect(memory.open()).toEqual([]);
    expect(plugin.stats().dropped).toEqual({});
    for (const span of memory.spans()) {
      expect(() => validateSpan(span)).not.toThrow();
      expect(span.name.length).toBeLessThanOrEqual(NAME_LENGTH_MAX);
      expect(JSON.stringify(span.input ?? null).length).toBeLessThanOrEqual(CAPTURED_VALUE_BYTES_MAX + 64);
      expect(JSON.stringify(span)).not.toMatch(/\\ud[89a-f]/);
    }
    const large = memory.spans().find((span) => span.name === 'tenMegabytes in it');
    expect(large?.attributes['everspan.truncated']).toEqual(expect.arrayContaining(['input', 'output', 'attributes']));
    const plain = memory.spans().find((span) => span.name === 'null in it');
    expect(plain?.attributes['everspan.truncated']).toBeUndefined();
  });

  test('change nothing for code that is not traced', async () => {
    const bench = await setUpBench('hostile');
    const { client, taskQueue } = bench;
    const threw: unknown = await withWorker(bench, { workflowBundle: bundles.untraced, activities }, () =>
      client.workflow.execute('hostileSpans', { workflowId: taskQueue, taskQueue }),
    );
    expect(threw).toEqual([]);
  });
});

describeWith('temporalServer')('a codec that makes ten bytes of each', () => {
  test.each(['remote', 'auto'] as const)('does not bring a batch over what the server takes: delivery %s', async (delivery) => {
    const bench = await setUpBench('grown');
    const { taskQueue } = bench;
    const memory = new InMemoryProcessor();
    const dataConverter = { payloadCodecs: [growingCodec] };
    const { plugin } = quietPlugin({ processors: [memory], delivery });
    const client = clientWith(bench, { dataConverter });
    const count: unknown = await withWorker(
      bench,
      { workflowBundle: bundles.traced, activities, dataConverter, plugins: [plugin] },
      () => client.workflow.execute('growing', { workflowId: taskQueue, taskQueue }),
    );
    expect(count).toBe(40);
    expect(taskFailures(await eventsOf(client, taskQueue))).toEqual([]);
    expect(memory.open()).toEqual([]);
    expect(memory.spans().filter((span) => span.name.startsWith('part '))).toHaveLength(40);
  });
});

describeWith('temporalServer')('an encrypting codec', () => {
  test.each(['remote', 'auto'] as const)('leaves no plain text of ours in the raw history: delivery %s', async (delivery) => {
    const bench = await setUpBench('encrypted');
    const { taskQueue } = bench;
    // A processor that is away makes auto send its batches through history, too.
    const memory = new InMemoryProcessor();
    const processors = delivery === 'auto' ? [memory, new ScriptedProcessor('away', isAway)] : [memory];
    const dataConverter = { payloadCodecs: [encryptingCodec] };
    const { plugin } = quietPlugin({
      processors,
      delivery,
      // The way of closing that history has something of.
      closing: 'activity',
      captureWorkflowIo: true,
      captureActivityIo: true,
      shutdownTimeoutMs: 100,
    });
    const client = clientWith(bench, { dataConverter, plugins: [plugin] });
    const options = { workflowBundle: bundles.traced, activities, dataConverter, plugins: [plugin] };
    await withWorker(bench, options, () =>
      client.workflow.execute('secretive', { workflowId: taskQueue, taskQueue, args: [SECRET] }).catch(() => {}),
    );
    const events = await eventsOf(client, taskQueue);
    expect(taskFailures(events)).toEqual([]);
    const raw = events
      .filter((event) => !isFailureOfTheUser(event))
      .map(textOf)
      .join('\n');
    expect(raw).toContain('END_SPAN');
    for (const plain of [SECRET, '"spanId"', '"attributes"', 'temporal.task_queue', '"lingerMs"', 'failing'])
      expect(raw).not.toContain(plain);
    // Headers pass no codec, ours or anybody's: they hold ids alone.
    const headers = events.flatMap((event) => Object.entries(headersOf(event)));
    expect(new Set(headers.map(([name]) => name))).toEqual(new Set(['everspan', '_tracer-data']));
    for (const [, value] of headers) expect(value).toMatch(ONLY_IDS);
    // It did go through: the processor has it in clear.
    expect(JSON.stringify(memory.events())).toContain(SECRET);
    const root = memory.spans().find((span) => span.type === 'workflow');
    expect(root?.input).toEqual([SECRET]);
  });
});

describeWith('temporalServer')('a redaction', () => {
  test('covers names, attributes, moments, inputs, outputs, messages and stacks, on every way to a processor', async () => {
    const bench = await setUpBench('redacted');
    const { taskQueue } = bench;
    const memory = new InMemoryProcessor();
    const { plugin, warnings } = quietPlugin({
      processors: [memory],
      captureWorkflowIo: true,
      captureActivityIo: true,
      redaction: { patterns: [/swordfish-\d+/] },
    });
    const client = clientWith(bench, { plugins: [plugin] });
    await withWorker(bench, { workflowBundle: bundles.traced, activities, plugins: [plugin] }, () =>
      client.workflow.execute('secretive', { workflowId: taskQueue, taskQueue, args: [SECRET] }).catch(() => {}),
    );
    const told = JSON.stringify(memory.events());
    expect(told).not.toContain(SECRET);
    expect(warnings.join()).not.toContain(SECRET);
    const named = (name: string) => memory.spans().filter((span) => span.name === name);
    expect(named('name [redacted]')).toMatchObject([
      {
        attributes: { token: '[redacted]', early: '[redacted]' },
        input: { token: '[redacted]' },
        output: { token: '[redacted]' },
        events: [{ name: 'event [redacted]', attributes: { token: '[redacted]' } }],
      },
    ]);
    expect(named('own [redacted]').length).toBeGreaterThan(0);
    expect(named('failing')).toMatchObject([{ status: 'ERROR', statusMessage: 'about [redacted]' }]);
    expect(named('workflow secretive')).toMatchObject([{ statusMessage: 'ended with [redacted]', input: ['[redacted]'] }]);
    const attempts = memory.spans().filter((span) => span.type === 'attempt' && span.status === 'ERROR');
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.statusMessage).toContain('refused fail [redacted]');
    expect(memory.open()).toEqual([]);
  });
});

// The user's own failures are in clear unless he asks his failure converter otherwise.
function isFailureOfTheUser(event: HistoryEvent): boolean {
  return Boolean(
    event.activityTaskFailedEventAttributes ??
      event.workflowExecutionFailedEventAttributes ??
      event.markerRecordedEventAttributes?.failure,
  );
}

/** Every text and every byte of a value, as text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(textOf).join('\n');
}

/** The fields of an event's header, as they are in history. */
function headersOf(event: HistoryEvent): Record<string, string> {
  const { fields } =
    event.workflowExecutionStartedEventAttributes?.header ?? event.activityTaskScheduledEventAttributes?.header ?? {};
  return Object.fromEntries(
    Object.entries(fields ?? {}).map(([name, { data }]) => [name, Buffer.from(data ?? []).toString('utf8')]),
  );
}

const ONLY_IDS =
  /^(?:\{"v":1,"t":"[0-9a-f]{32}","s":"[0-9a-f]{16}","f":1\}|\{"traceparent":"00-[0-9a-f]{32}-[0-9a-f]{16}-01"\})$/;
