import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { describeWith } from '../helpers/servers.js';
import { activity, child, localActivity, run, startedRun } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { expectWholeTrace, spanNamed, spansOfType } from '../helpers/whole-trace.js';
import { carry, carryAndFail, carryAtOnce, proceed } from './workflows/carry-context.js';

let bundle: WorkflowBundle;
const activities = { echo: async (value: unknown) => value };
const SECRET = { secret: 'of the user' };
const echoed = child('echoInChild', [run('echoInChild', [activity('echo')])]);
const tree = [startedRun('carry', [activity('echo'), localActivity('echo'), echoed])];

describeWith('temporalServer')('inputs and outputs', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('carry-context');
  });

  test('are not recorded unless asked for', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(carry, [SECRET]);
    await handle.result();
    const memory = await traced.finish();
    expectWholeTrace(memory, tree);
    expect(memory.events().filter((event) => event.input !== undefined || event.output !== undefined)).toEqual([]);
    expect(JSON.stringify(memory.events())).not.toContain(SECRET.secret);
  });

  test('of workflows are recorded on their runs', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { captureWorkflowIo: true } });
    const handle = await traced.start(carry, [SECRET]);
    await handle.result();
    const memory = await traced.finish();
    expectWholeTrace(memory, tree);
    expect(spanNamed(memory, 'workflow carry')).toMatchObject({ input: [SECRET], output: { echoed: SECRET } });
    expect(spanNamed(memory, 'workflow echoInChild')).toMatchObject({ input: ['from the child'], output: 'from the child' });
    for (const span of spansOfType(memory, 'attempt')) expect(span).not.toHaveProperty('input');
  });

  test.each([
    ['activity', true],
    ['sink', true],
    ['activity', false],
    ['sink', false],
  ])('of a workflow that is over in its first task, and closes by %s: recorded where asked for (%s)', async (way, isAsked) => {
    // Configured, also where it is not asked for: such a run does not know what is.
    const everspan = { lingerMs: 500, captureWorkflowIo: isAsked };
    const traced = await startTracedWorker({ bundle, activities, everspan });
    const { client, taskQueue } = traced;
    const start = { taskQueue, workflowId: `${taskQueue}-at-once`, args: [SECRET] as [typeof SECRET] };
    const handle =
      way === 'sink'
        ? await client.workflow.signalWithStart(carryAtOnce, { ...start, signal: proceed })
        : await client.workflow.start(carryAtOnce, start);
    await handle.result();
    const memory = await traced.finish();
    const root = spanNamed(memory, 'workflow carryAtOnce');
    expect(root).toMatchObject({ status: 'OK' });
    expect({ input: root.input, output: root.output }).toEqual(isAsked ? { input: [SECRET], output: { echoed: SECRET } } : {});
    expect(JSON.stringify(memory.events()).includes(SECRET.secret)).toBe(isAsked);
  });

  test('of a workflow that fails are its input', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { captureWorkflowIo: true } });
    const handle = await traced.start(carryAndFail, [SECRET]);
    await expect(handle.result()).rejects.toThrow('Workflow execution failed');
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('carryAndFail', [activity('echo')], { status: 'ERROR' })]);
    expect(spanNamed(memory, 'workflow carryAndFail').input).toEqual([SECRET]);
    expect(spanNamed(memory, 'workflow carryAndFail').output).toBeUndefined();
  });

  test('of activities are recorded on their attempts, and never go through history', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { captureActivityIo: true } });
    const handle = await traced.start(carry, [SECRET]);
    await handle.result();
    const memory = await traced.finish();
    expectWholeTrace(memory, tree);
    const attempts = spansOfType(memory, 'attempt');
    expect(attempts.map(({ input, output }) => ({ input, output }))).toEqual([
      { input: [SECRET], output: SECRET },
      { input: [SECRET], output: SECRET },
      { input: ['from the child'], output: 'from the child' },
    ]);
    for (const span of memory.spans().filter(({ type }) => type !== 'attempt')) expect(span).not.toHaveProperty('input');
  });
});
