import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import type { ExpectedSpan } from '../../src/testing/expected-span.js';
import { describeWith } from '../helpers/servers.js';
import { activity, child, custom, run, startedRun, timer } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker, type TracedWorkerOptions } from '../helpers/traced-worker.js';
import { untilEvent } from '../helpers/history-events.js';
import { expectWholeTrace, spanNamed } from '../helpers/whole-trace.js';
import {
  failBenignly,
  failByActivity,
  failByChild,
  failByClass,
  failByName,
  failInsideSpan,
  failItself,
  leaveOpen,
  overlookFailure,
  raceActivities,
} from './workflows/fail.js';
import { report } from './workflows/fixed-report.js';

let bundle: WorkflowBundle;
let broken: WorkflowBundle;
let fixed: WorkflowBundle;

const activities = {
  greet: async (name: string) => `Hello, ${name}`,
  refuse: async () => {
    throw ApplicationFailure.nonRetryable('never', 'Refused');
  },
};

const REFUSED = { status: 'ERROR', statusMessage: 'never', attributes: { 'error.type': 'Refused' } } as const;
const refused = activity('refuse', [REFUSED], REFUSED);
const errorOf = (type: string, statusMessage: string) =>
  ({ status: 'ERROR', statusMessage, attributes: { 'error.type': type } }) as const;

interface FailureCase {
  readonly name: string;
  readonly workflow: () => Promise<unknown>;
  readonly children: readonly ExpectedSpan[];
  readonly root: ReturnType<typeof errorOf> | { readonly status: 'OK'; readonly attributes: Record<string, string> };
  readonly worker?: TracedWorkerOptions['worker'];
}

const CASES: readonly FailureCase[] = [
  {
    name: 'that throws an ApplicationFailure',
    workflow: failItself,
    children: [activity('greet')],
    root: errorOf('GivesUp', 'the workflow gives up'),
  },
  {
    name: 'that throws a benign failure, which is no error,',
    workflow: failBenignly,
    children: [],
    root: { status: 'OK', attributes: { 'error.type': 'Expected', 'temporal.failure.category': 'BENIGN' } },
  },
  { name: 'whose activity fails', workflow: failByActivity, children: [refused], root: REFUSED },
  {
    name: 'whose activity fails inside a span',
    workflow: failInsideSpan,
    children: [custom('inside', [refused], REFUSED)],
    root: REFUSED,
  },
  {
    name: 'whose child fails',
    workflow: failByChild,
    children: [child('failByActivity', [run('failByActivity', [refused], REFUSED)], REFUSED)],
    root: REFUSED,
  },
  {
    name: 'that throws a type of failure declared to the worker',
    workflow: failByName,
    children: [activity('greet')],
    root: errorOf('Named', 'known by name'),
    worker: { workflowFailureErrorTypes: { '*': ['Named'] } },
  },
  {
    name: 'that throws a class of failures declared to the workflow',
    workflow: failByClass,
    children: [activity('greet')],
    root: errorOf('Derived', 'known by class'),
  },
];

describeWith('temporalServer')('a workflow', () => {
  beforeAll(async () => {
    [bundle, broken, fixed] = [
      await bundleTracedWorkflows('fail'),
      await bundleTracedWorkflows('broken-report'),
      await bundleTracedWorkflows('fixed-report'),
    ];
  });

  test.each(CASES.map((one) => [one.name, one] as const))('%s ends so, and its spans say why', async (_name, one) => {
    const traced = await startTracedWorker({ bundle, activities, ...(one.worker === undefined ? {} : { worker: one.worker }) });
    const handle = await traced.start(one.workflow);
    await expect(handle.result()).rejects.toMatchObject({ name: 'WorkflowFailedError' });
    expectWholeTrace(await traced.finish(), [startedRun(one.workflow.name, one.children, one.root)]);
  });

  test('whose task fails tells nothing of it, stays open, and closes once when the code is fixed', async () => {
    // Nothing is told by a task that fails, so it has to be told before.
    const first = await startTracedWorker({ bundle: broken, activities, everspan: { lingerMs: 0 } });
    const handle = await first.start(report);
    await untilEvent(first.client, handle, 'workflowTaskFailedEventAttributes');
    await first.stop();
    for (const name of ['workflow report', 'reports']) {
      expect(spanNamed(first.memory, name).status).toBe('RUNNING');
      expect(first.memory.events().filter((event) => event.name === name && event.endTime !== undefined)).toEqual([]);
    }
    const second = await startTracedWorker({ bundle: fixed, activities, successorOf: first });
    expect(await handle.result()).toBe('Hello, report, and done');
    const memory = await second.finish();
    expectWholeTrace(memory, [startedRun('report', [custom('reports', [activity('greet')])])]);
  });

  test('that ends ends what it left open, as left open', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(leaveOpen);
    expect(await handle.result()).toBe('done');
    const memory = await traced.finish();
    const left = { status: 'CANCELED', statusMessage: 'left open by the workflow' } as const;
    expectWholeTrace(memory, [
      startedRun('leaveOpen', [activity('greet', [], left), timer(left), custom('left', [timer(left)], left)]),
    ]);
  });

  test('that races ends the losers, as left open', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(raceActivities);
    expect(await handle.result()).toBe('Hello, first');
    const left = { status: 'CANCELED', statusMessage: 'left open by the workflow' } as const;
    expectWholeTrace(await traced.finish(), [
      startedRun('raceActivities', [activity('greet'), timer(left), custom('slow', [timer(left)], left)]),
    ]);
  });

  test.each([
    ['traced', false],
    ['not traced', true],
  ] as const)('that overlooks a failure fails its task when %s', async (_name, isUntraced) => {
    const traced = await startTracedWorker({ bundle, activities, isUntraced });
    const handle = await traced.start(overlookFailure);
    const failing = await untilEvent(traced.client, handle, 'workflowTaskFailedEventAttributes');
    await traced.stop();
    expect(failing.workflowTaskFailedEventAttributes?.failure?.message).toMatch(/Unhandled Promise rejection: ActivityFailure/);
    expect(traced.memory.spans().filter((span) => span.type === 'workflow' && span.endTime !== undefined)).toEqual([]);
    await handle.terminate();
  });
});
