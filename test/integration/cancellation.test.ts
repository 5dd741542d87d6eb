import { EventEmitter, once } from 'node:events';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import type { SpanProcessor } from '../../src/processors/span-processor.js';
import type { ExpectedSpan } from '../../src/testing/expected-span.js';
import { eventsOf } from '../helpers/history-events.js';
import { describeWith } from '../helpers/servers.js';
import { activity, child, custom, localActivity, run, startedRun, timer } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { expectWholeTrace, spanNamed } from '../helpers/whole-trace.js';
import {
  completeAnyway,
  duringActivity,
  duringActivityHastily,
  duringChild,
  duringCleanUp,
  duringLocalActivity,
  duringSignalWait,
  duringSleep,
  greetOnce,
} from './workflows/be-cancelled.js';

let bundle: WorkflowBundle;
const CANCELED = { status: 'CANCELED' } as const;

/** Says `begun` when `waitForCancel` runs. */
const progress = new EventEmitter();

const activities = {
  greet: async (name: string) => `Hello, ${name}`,
  async waitForCancel() {
    const { cancelled, info } = Context.current();
    progress.emit('begun');
    // A heartbeat is what brings the cancellation; how often it is sent the SDK decides. A local activity has none.
    const beating = info.isLocal ? undefined : setInterval(() => Context.current().heartbeat(), 100);
    try {
      await cancelled;
    } finally {
      clearInterval(beating);
    }
  },
};

/** What a run looks like that is cancelled once the span named `whenOpen` is open, or `waitForCancel` runs. */
interface CancelledCase {
  readonly name: string;
  readonly workflow: () => Promise<unknown>;
  readonly whenOpen?: string;
  readonly children: readonly ExpectedSpan[];
  readonly outlives?: readonly string[];
}

const CASES: readonly CancelledCase[] = [
  {
    name: 'during an activity that is waited for',
    workflow: duringActivity,
    children: [activity('waitForCancel', [CANCELED], CANCELED)],
  },
  {
    name: 'during an activity that is not waited for',
    workflow: duringActivityHastily,
    children: [activity('waitForCancel', [CANCELED], CANCELED)],
    outlives: ['attempt waitForCancel'],
  },
  {
    name: 'during a local activity',
    workflow: duringLocalActivity,
    children: [localActivity('waitForCancel', [CANCELED], CANCELED)],
  },
  {
    name: 'during a sleep',
    workflow: duringSleep,
    whenOpen: 'timer',
    children: [custom('naps', [timer(CANCELED)], CANCELED)],
  },
  { name: 'while it waits for a signal', workflow: duringSignalWait, whenOpen: 'workflow duringSignalWait', children: [] },
  {
    name: 'during a child',
    workflow: duringChild,
    whenOpen: 'workflow duringSignalWait',
    children: [child('duringSignalWait', [run('duringSignalWait', [], CANCELED)], CANCELED)],
  },
  {
    name: 'and cleans up in a scope that cannot be cancelled',
    workflow: duringCleanUp,
    whenOpen: 'timer',
    children: [timer(CANCELED), custom('cleans up', [activity('greet')])],
  },
];

describeWith('temporalServer')('a workflow that is cancelled', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('be-cancelled');
  });

  test.each(CASES.map((one) => [one.name, one] as const))('%s is canceled, with all that it waited for', async (_name, one) => {
    const traced = await startTracedWorker({ bundle, activities });
    const begun = once(progress, 'begun');
    const handle = await traced.start(one.workflow);
    if (one.whenOpen === undefined) await begun;
    else await traced.memory.waitFor((spans) => spans.some((span) => span.name === one.whenOpen), { timeoutMs: 30_000 });
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ name: 'WorkflowFailedError', cause: { name: 'CancelledFailure' } });
    const memory = await traced.finish();
    const { name } = one.workflow;
    expectWholeTrace(memory, [startedRun(name, one.children, CANCELED)], { outlives: one.outlives ?? [] });
    const { closeTime } = await handle.describe();
    const { endTime } = spanNamed(memory, `workflow ${name}`);
    expect(endTime).toBeLessThanOrEqual((closeTime?.getTime() ?? 0) * 1000 + 1_000);
  });

  test('before its first task is canceled; what it then called never was', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(greetOnce, [], { startDelay: '1 second' });
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('greetOnce', [], CANCELED)]);
  });

  test('and completes all the same is OK', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(completeAnyway);
    await traced.memory.waitFor((spans) => spans.some((span) => span.type === 'timer'));
    await handle.cancel();
    expect(await handle.result()).toBe('Hello, anyway');
    expectWholeTrace(await traced.finish(), [startedRun('completeAnyway', [timer(CANCELED), activity('greet')])]);
  });

  test('while it closes ends as the server says', async () => {
    const target: { run?: WorkflowHandle } = {};
    let cancels = 0;
    // The closing batch is the first END of the run: its delivery is the moment.
    const canceller: SpanProcessor = {
      name: 'canceller',
      start: async () => {},
      async end(spans) {
        if (cancels > 0 || !spans.some((span) => span.name === 'workflow greetOnce')) return;
        cancels += 1;
        await target.run?.cancel();
      },
      shutdown: async () => {},
    };
    const traced = await startTracedWorker({ bundle, activities, processors: [canceller] });
    const handle = traced.client.workflow.getHandle(traced.taskQueue);
    target.run = handle;
    await traced.start(greetOnce, [], { workflowId: traced.taskQueue });
    const outcome = await handle.result().then(
      () => 'OK' as const,
      () => 'CANCELED' as const,
    );
    expect(cancels).toBe(1);
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('greetOnce', [activity('greet')], { status: outcome })], { mayHaveRivals: true });
    // It did come in between: else this test would show nothing.
    expect(await eventsOf(handle, 'workflowExecutionCancelRequestedEventAttributes')).toHaveLength(1);
  });
});
