import type { WorkflowHandle } from '@temporalio/client';
import { log } from '@temporalio/activity';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { type EventAttributes, type HistoryEvent, isEvent } from '../helpers/history-events.js';
import { describeWith } from '../helpers/servers.js';
import { activity, clientCall, custom, localActivity, signalHandled, startedRun, timer } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { expectWholeTrace, spanNamed, spansOfType } from '../helpers/whole-trace.js';
import { eitherEntry } from './workflows/either-entry.js';
import {
  abuseSpans,
  failInSpan,
  fiftyAtOnce,
  go,
  logAlong,
  nestSpans,
  progress,
  waitAndTell,
} from './workflows/spans-of-my-own.js';

let bundle: WorkflowBundle;
const activities = {
  greet: async (name: string) => {
    log.warn(`greets ${name}`);
    return `Hello, ${name}`;
  },
};

const WORKFLOW_TASK_EVENTS: readonly EventAttributes[] = [
  'workflowTaskScheduledEventAttributes',
  'workflowTaskStartedEventAttributes',
  'workflowTaskCompletedEventAttributes',
];

/** Types of the events in a run's history, its workflow tasks apart: a query may be answered in one. */
async function commandsOf(handle: WorkflowHandle): Promise<unknown[]> {
  const { events } = await handle.fetchHistory();
  const isOfTask = (event: HistoryEvent): boolean => WORKFLOW_TASK_EVENTS.some((attributes) => isEvent(event, attributes));
  return (events ?? []).filter((event) => !isOfTask(event)).map((event) => event.eventType);
}

describeWith('temporalServer')("spans of the user's own", () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('spans-of-my-own');
  });

  test('nest through awaits, and what is called inside hangs below', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(nestSpans);
    expect(await handle.result()).toBe('Hello, inner and more');
    const memory = await traced.finish();
    expectWholeTrace(memory, [
      startedRun('nestSpans', [
        custom(
          'outer',
          [
            custom('inner', [timer(), activity('greet')]),
            timer(),
            { name: 'at once', type: 'lookup', kind: 'CLIENT', status: 'OK', children: [], attributes: { 'of.one': 'instant' } },
          ],
          { attributes: { question: 42 } },
        ),
      ]),
    ]);
    const inner = spanNamed(memory, 'inner');
    expect(inner.output).toEqual({ found: true });
    expect(inner.events).toEqual([{ name: 'looked', time: inner.startTime, attributes: { where: 'here' } }]);
  });

  test('fifty at once under Promise.all each keep their own children', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(fiftyAtOnce);
    expect(await handle.result()).toBe(50);
    const branches = Array.from({ length: 50 }, (_, index) =>
      custom(
        `branch ${index}`,
        [...(index % 3 === 0 ? [timer()] : []), localActivity('greet'), custom(`leaf ${index}`, [activity('greet')])],
        { attributes: { index } },
      ),
    );
    expectWholeTrace(await traced.finish(), [startedRun('fiftyAtOnce', branches)]);
  });

  test('that fail are errors, and the error comes out as it is', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(failInSpan);
    expect(await handle.result()).toBe('done');
    expectWholeTrace(await traced.finish(), [
      startedRun('failInSpan', [
        custom('fails', [timer()], {
          status: 'ERROR',
          statusMessage: 'out of bounds',
          attributes: { 'error.type': 'RangeError' },
        }),
        custom('fails at once', [], { status: 'ERROR', statusMessage: 'at once', attributes: { 'error.type': 'Hasty' } }),
        custom('settles itself', [], { status: 'ERROR', statusMessage: 'not as good as it looks' }),
      ]),
    ]);
  });

  test('take anything, cut to the limits and marked', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(abuseSpans);
    expect(await handle.result()).toBe('unharmed');
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('abuseSpans', [{ type: 'custom', status: 'OK', children: [] }])]);
    const [span] = spansOfType(memory, 'custom');
    expect(span?.name.length).toBe(512);
    expect(span?.events.length).toBe(128);
    expect(Object.keys(span?.attributes ?? {}).length).toBeLessThanOrEqual(140);
    expect(span?.attributes['everspan.truncated']).toEqual(expect.arrayContaining(['attributes', 'events']));
    expect(span?.links).toEqual([]);
    expect(span?.input).toMatchObject({ name: 'circle' });
  });

  test('in a query make no span and no command', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(waitAndTell);
    // Answered once the first task is over.
    expect(await handle.query(progress)).toBe('waiting');
    const before = await commandsOf(handle);
    for (let times = 0; times < 3; times += 1) expect(await handle.query(progress)).toBe('waiting');
    expect(await commandsOf(handle)).toEqual(before);
    await handle.signal(go);
    expect(await handle.result()).toBe('done');
    const asked = await handle.query(progress);
    expect(asked).toBe('done');
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow waitAndTell');
    expectWholeTrace(memory, [startedRun('waitAndTell', [signalHandled('go')])], { traceId });
    const queries = spansOfType(memory, 'client_query');
    expect(queries).toHaveLength(5);
    for (const query of queries) {
      expectWholeTrace(memory, [clientCall('client_query', 'query progress')], { traceId: query.traceId });
    }
  });

  test('are on every log line, of workflow and activity, by trace_id and span_id', async () => {
    const lines: { message: string; traceId: unknown; spanId: unknown }[] = [];
    const places: unknown[] = [];
    const traced = await startTracedWorker({
      bundle,
      activities,
      onLog: (message, meta) => lines.push({ message, traceId: meta['trace_id'], spanId: meta['span_id'] }),
      worker: {
        sinks: { place: { seen: { fn: (_info: unknown, place: unknown) => void places.push(place), callDuringReplay: false } } },
      },
    });
    const handle = await traced.start(logAlong);
    await handle.result();
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('logAlong', [custom('logged', [activity('greet')])])]);
    const { traceId } = spanNamed(memory, 'logged');
    const on = (name: string): object => ({ traceId, spanId: spanNamed(memory, name).spanId });
    expect(lines.filter((line) => line.traceId !== undefined)).toEqual([
      { message: 'at the root', ...on('workflow logAlong') },
      { message: 'in a span', ...on('logged') },
      { message: 'greets log', ...on('attempt greet') },
      { message: 'after an activity', ...on('logged') },
    ]);
    expect(places).toEqual([on('logged')]);
  });

  test("are made in a workflow that imports the package's entry for activities, too", async () => {
    const traced = await startTracedWorker({ bundle: await bundleTracedWorkflows('either-entry') });
    const handle = await traced.start(eitherEntry);
    expect(await handle.result()).toBe('done');
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('eitherEntry', [custom('outer', [custom('inner')])])]);
  });
});
