import { Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { context, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import type { ActivityInterceptorsFactory, WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { describeWith } from '../helpers/servers.js';
import { activity, child, clientCall, localActivity, run } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { uniqueQueue } from '../helpers/temporal.js';
import { expectWholeTrace, spanNamed, spansOfType } from '../helpers/whole-trace.js';
import { carry, startFromActivity } from './workflows/carry-context.js';

let bundle: WorkflowBundle;
const VALUE = { secret: 'nothing' };
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const carried = run('carry', [
  activity('echo'),
  localActivity('echo'),
  child('echoInChild', [run('echoInChild', [activity('echo')])]),
]);

describeWith('temporalServer')('context that comes and goes', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('carry-context');
  });

  test('a foreign W3C carrier is joined, and goes on with tracestate and baggage to all that is called', async () => {
    const carriers: Record<string, string>[] = [];
    const read = (headers: Headers): Record<string, string> =>
      defaultPayloadConverter.fromPayload(headers['_tracer-data'] as never);
    const traced = await startTracedWorker({
      bundle,
      activities: { echo: async (value: unknown) => value },
      worker: {
        interceptors: {
          activity: [
            () => ({
              inbound: {
                async execute(input, next) {
                  if (Context.current().info.activityType === 'echo') carriers.push(read(input.headers));
                  return next(input);
                },
              },
            }),
          ],
        },
      },
    });
    const carrier = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`, tracestate: 'vendor=1,other=2', baggage: 'user=ada,plan=b' };
    const foreign = new Client({
      connection: traced.client.connection,
      interceptors: {
        workflow: [
          {
            startWithDetails: (input, next) =>
              next({ ...input, headers: { ...input.headers, '_tracer-data': defaultPayloadConverter.toPayload(carrier) } }),
          },
        ],
      },
    });
    const workflowId = uniqueQueue('carry');
    await foreign.workflow.execute(carry, { taskQueue: traced.taskQueue, workflowId, args: [VALUE] });
    const memory = await traced.finish();
    expectWholeTrace(memory, [carried], { traceId: TRACE_ID });
    expect(spanNamed(memory, 'workflow carry').parentId).toBe(PARENT_ID);
    const callers = [...spansOfType(memory, 'activity'), ...spansOfType(memory, 'local_activity')].toSorted(
      (a, b) => a.startTime - b.startTime,
    );
    expect(carriers).toHaveLength(3);
    expect(new Set(carriers.map((one) => one['traceparent']))).toEqual(
      new Set(callers.map((span) => `00-${TRACE_ID}-${span.spanId}-01`)),
    );
    for (const { tracestate, baggage } of carriers) {
      expect({ tracestate, baggage }).toEqual({ tracestate: carrier.tracestate, baggage: carrier.baggage });
    }
  });

  test.each([
    ['a ratio of 0: nothing, ever', { sampleRatio: 0 }, ['00', '00', '00']],
    // The first call leaves before anybody was asked; the others know.
    ['a configuration of its own: nothing before its first answer', { lingerMs: 900 }, ['00', '01', '01']],
    ['the default one: that it is kept, from the first call on', {}, ['01', '01', '01']],
  ])('a run that no caller decided for claims, with %s', async (_name, everspan, flags) => {
    const carriers: Record<string, string>[] = [];
    const listen: ActivityInterceptorsFactory = () => ({
      inbound: {
        async execute(input, next) {
          const payload = input.headers['_tracer-data'];
          if (Context.current().info.activityType === 'echo' && payload !== undefined)
            carriers.push(defaultPayloadConverter.fromPayload(payload));
          return next(input);
        },
      },
    });
    const traced = await startTracedWorker({
      bundle,
      activities: { echo: async (value: unknown) => value },
      everspan,
      worker: { interceptors: { activity: [listen] } },
    });
    const options = { taskQueue: traced.taskQueue, workflowId: uniqueQueue('carry'), args: [VALUE] as [typeof VALUE] };
    await traced.untracedClient.workflow.execute(carry, options);
    const memory = await traced.finish();
    expect(carriers.map((one) => one['traceparent']?.slice(-2))).toEqual(flags);
    expect(memory.spans().length > 0).toBe(flags.includes('01'));
    expect(memory.open()).toEqual([]);
  });

  test.each([
    ['sampled', 1],
    ['not sampled', 0],
  ] as const)("the caller's active OpenTelemetry span is the parent: %s", async (_name, traceFlags) => {
    const active: SpanContext = { traceId: TRACE_ID, spanId: PARENT_ID, traceFlags };
    const traced = await startTracedWorker({ bundle, activities: { echo: async (value: unknown) => value } });
    const handle = await context.with(trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(active)), () =>
      traced.start(carry, [VALUE]),
    );
    await handle.result();
    const memory = await traced.finish();
    expect(memory.spans().length > 0).toBe(traceFlags === 1);
    expect(memory.spans().filter((span) => span.traceId !== TRACE_ID)).toEqual([]);
    const roots = memory.spans().filter((span) => span.type === 'client_start');
    expect(roots.map((span) => span.parentId)).toEqual(traceFlags === 1 ? [PARENT_ID] : []);
    expect(memory.open()).toEqual([]);
  });

  test('an activity runs in the context of its attempt, and what it starts by its client is in the same trace', async () => {
    const active: (string | undefined)[] = [];
    const traced = await startTracedWorker({
      bundle,
      activities: {
        echo: async (value: unknown) => value,
        async startAnother() {
          active.push(trace.getActiveSpan()?.spanContext().spanId);
          const { client, info } = Context.current();
          const other = await client.workflow.start(carry, {
            taskQueue: info.taskQueue,
            workflowId: uniqueQueue('carry'),
            args: [VALUE],
          });
          await other.result();
          return 'done';
        },
      },
    });
    const handle = await traced.start(startFromActivity);
    expect(await handle.result()).toBe('done');
    const memory = await traced.finish();
    const attempt = {
      name: 'attempt startAnother',
      children: [clientCall('client_start', 'start workflow carry', [carried])],
    };
    expectWholeTrace(memory, [
      clientCall('client_start', 'start workflow startFromActivity', [
        run('startFromActivity', [activity('startAnother', [attempt])]),
      ]),
    ]);
    expect(active).toEqual([spanNamed(memory, 'attempt startAnother').spanId]);
  });

  test('an eager start is traced as any other', async () => {
    const traced = await startTracedWorker({ bundle, activities: { echo: async (value: unknown) => value } });
    const client = new Client({ connection: traced.connection, plugins: [traced.plugin] });
    const handle = await client.workflow.start(carry, {
      taskQueue: traced.taskQueue,
      workflowId: uniqueQueue('carry'),
      args: [VALUE],
      requestEagerStart: true,
    });
    await handle.result();
    const memory = await traced.finish();
    expect(handle.eagerlyStarted).toBe(true);
    expectWholeTrace(memory, [
      clientCall('client_start', 'start workflow carry', [carried], { attributes: { 'temporal.eagerly_started': true } }),
    ]);
  });
});
