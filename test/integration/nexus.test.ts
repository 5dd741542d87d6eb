import * as temporalNexus from '@temporalio/nexus';
import type { WorkflowBundle } from '@temporalio/worker';
import { trace } from '@opentelemetry/api';
import * as nexus from 'nexus-rpc';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ExpectedSpan, SpanPattern } from '../../src/testing/expected-span.js';
import { describeWith } from '../helpers/servers.js';
import { activity, clientCall, run, startedRun, timer } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker, type TracedWorker } from '../helpers/traced-worker.js';
import { uniqueQueue } from '../helpers/temporal.js';
import { expectWholeTrace, spanNamed } from '../helpers/whole-trace.js';
import { callOperation, cancelOperation, greetInHandler, greetings, sleepInHandler } from './workflows/call-nexus.js';

let bundle: WorkflowBundle;
const activeSpanIds: (string | undefined)[] = [];
const activities = { greet: async (name: string) => `Hello, ${name}` };

const handlers = nexus.serviceHandler(greetings, {
  greet: async (_ctx, name) => {
    activeSpanIds.push(trace.getActiveSpan()?.spanContext().spanId);
    return `Hello, ${name}`;
  },
  refuse: async () => {
    throw new nexus.OperationError('failed', 'no greeting');
  },
  greetSlowly: new temporalNexus.WorkflowRunOperationHandler<string, string>((ctx, name) =>
    temporalNexus.startWorkflow(ctx, greetInHandler, { args: [name], workflowId: uniqueQueue('greetInHandler') }),
  ),
  neverEnd: new temporalNexus.WorkflowRunOperationHandler<string, string>((ctx) =>
    temporalNexus.startWorkflow(ctx, sleepInHandler, { workflowId: uniqueQueue('sleepInHandler') }),
  ),
});

function operation(name: string, children: readonly SpanPattern[], rest: Partial<ExpectedSpan> = {}): ExpectedSpan {
  return {
    name: `nexus operation greetings/${name}`,
    type: 'nexus_operation',
    kind: 'CLIENT',
    status: 'OK',
    attributes: { 'temporal.nexus.service': 'greetings', 'temporal.nexus.operation': name },
    children,
    ...rest,
  };
}

function handler(
  verb: 'start' | 'cancel',
  name: string,
  children: readonly SpanPattern[] = [],
  rest: Partial<ExpectedSpan> = {},
): ExpectedSpan {
  return {
    name: `${verb} nexus operation greetings/${name}`,
    type: 'nexus_handler',
    kind: 'SERVER',
    status: 'OK',
    children,
    ...rest,
  };
}

/** A worker that calls operations, and handles them. */
async function startNexusWorker(): Promise<{ traced: TracedWorker; endpoint: string }> {
  const traced = await startTracedWorker({ bundle, activities, worker: { nexusServices: [handlers] } });
  const { operatorService } = traced.client.connection as unknown as { operatorService: Operator };
  const created = await operatorService.createNexusEndpoint({
    spec: { name: traced.taskQueue, target: { worker: { namespace: 'default', taskQueue: traced.taskQueue } } },
  });
  const { id, version } = created.endpoint as { id: string; version: unknown };
  onTestFinished(async () => {
    await operatorService.deleteNexusEndpoint({ id, version });
  });
  return { traced, endpoint: traced.taskQueue };
}

interface Operator {
  createNexusEndpoint(request: object): Promise<{ endpoint?: unknown }>;
  deleteNexusEndpoint(request: object): Promise<unknown>;
}

describeWith('temporalServer')('Nexus operations', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('call-nexus');
  });

  test('a synchronous operation is a span with its handler below, and the handler runs in its context', async () => {
    const { traced, endpoint } = await startNexusWorker();
    const handle = await traced.start(callOperation, [endpoint, 'greet']);
    expect(await handle.result()).toBe('Hello, Ada');
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('callOperation', [operation('greet', [handler('start', 'greet')])])]);
    expect(activeSpanIds.at(-1)).toBe(spanNamed(memory, 'start nexus operation greetings/greet').spanId);
  });

  test('an operation that fails is an error on both sides', async () => {
    const { traced, endpoint } = await startNexusWorker();
    const handle = await traced.start(callOperation, [endpoint, 'refuse']);
    expect(await handle.result()).toBe('swallowed NexusOperationFailure');
    const failed = { status: 'ERROR', statusMessage: 'no greeting' } as const;
    expectWholeTrace(await traced.finish(), [
      startedRun('callOperation', [operation('refuse', [handler('start', 'refuse', [], failed)], failed)]),
    ]);
  });

  test('an asynchronous operation lasts until its workflow is done, which is in the same trace', async () => {
    const { traced, endpoint } = await startNexusWorker();
    const handle = await traced.start(callOperation, [endpoint, 'greetSlowly']);
    expect(await handle.result()).toBe('Hello, Ada');
    const memory = await traced.finish();
    const started = clientCall('client_start', 'start workflow greetInHandler', [run('greetInHandler', [activity('greet')])]);
    expectWholeTrace(memory, [
      startedRun('callOperation', [operation('greetSlowly', [handler('start', 'greetSlowly', [started])])]),
    ]);
    const [call, own] = [
      spanNamed(memory, 'nexus operation greetings/greetSlowly'),
      spanNamed(memory, 'workflow greetInHandler'),
    ];
    expect(call.endTime).toBeGreaterThanOrEqual(own.endTime as number);
  });

  test('a cancelled operation is cancelled on both sides', async () => {
    const { traced, endpoint } = await startNexusWorker();
    const handle = await traced.start(cancelOperation, [endpoint]);
    expect(await handle.result()).toBe('cancelled');
    const memory = await traced.finish();
    const canceled = { status: 'CANCELED' } as const;
    const started = clientCall('client_start', 'start workflow sleepInHandler', [
      run('sleepInHandler', [timer(canceled)], canceled),
    ]);
    expectWholeTrace(memory, [
      startedRun('cancelOperation', [
        operation('neverEnd', [handler('start', 'neverEnd', [started]), handler('cancel', 'neverEnd')], canceled),
      ]),
    ]);
  });
});
