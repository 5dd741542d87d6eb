import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { beforeAll, expect, test } from 'vitest';
import type { EverspanOptions } from '../../src/plugin/plugin-options.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { eventsOf, ofType } from '../helpers/event-history.js';
import { describeWith } from '../helpers/servers.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';

let bundles: Bundles;

const FAILING = {
  'at once': () => {
    throw refusal();
  },
  'after an await': async () => {
    await turn();
    throw refusal();
  },
} satisfies Record<string, () => unknown>;

function refusal(): ApplicationFailure {
  return ApplicationFailure.create({ message: 'no', nonRetryable: true, cause: new Error('why') });
}

/** The failure that history has of an activity that fails in this way. */
async function failureInHistory(step: () => unknown, options: EverspanOptions | undefined) {
  const bench = await setUpBench('failures');
  const memory = new InMemoryProcessor();
  const { plugin } = quietPlugin({ processors: [memory], ...options });
  const [kind, plugins] = options === undefined ? (['untraced', []] as const) : (['traced', [plugin]] as const);
  return withWorker(bench, { workflowBundle: bundles[kind], activities: { step }, plugins: [...plugins] }, async () => {
    const { client, taskQueue } = bench;
    await expect(client.workflow.execute('steps', { workflowId: taskQueue, taskQueue, args: [1] })).rejects.toThrow();
    const [failed] = ofType(await eventsOf(client, taskQueue), 'ACTIVITY_TASK_FAILED');
    return failed?.activityTaskFailedEventAttributes?.failure;
  });
}

describeWith('temporalServer')("a failed activity's stack trace in history", () => {
  beforeAll(async () => {
    bundles = await makeBundles(fileURLToPath(new URL('./hurt/workflows/steps.ts', import.meta.url)));
  });

  test.each([
    ['at once', {}],
    ['after an await', {}],
    ['at once', { mode: 'off' }],
    ['after an await', { mode: 'off' }],
  ] as const)('is the same with everspan as without, where it throws %s, options %o', async (when, options) => {
    const [untraced, traced] = await Promise.all([
      failureInHistory(FAILING[when], undefined),
      failureInHistory(FAILING[when], options),
    ]);
    expect(untraced?.stackTrace).toContain('failure-stacks.test');
    expect(framesOf(traced?.stackTrace)).toEqual(framesOf(untraced?.stackTrace));
    expect(framesOf(traced?.cause?.stackTrace)).toEqual(framesOf(untraced?.cause?.stackTrace));
  });
});

// How many frames of the SDK's own awaits and of Node's loop follow is a matter of V8's limit of ten.
function framesOf(stackTrace: string | null | undefined): string[] {
  return (stackTrace ?? '').split('\n').filter((line) => !/^\s+at (?:async .*@temporalio|.*\(node:)/.test(line));
}
