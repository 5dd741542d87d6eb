import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { EverspanPlugin } from '../../src/plugin.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { describeWith } from '../helpers/servers.js';
import { Load } from './load.js';
import { bundleOnce, startScenario } from './scenario.js';
import { expectWhole, judge } from './verdict.js';

describeWith('temporalServer', 'redisServer')('a history with local activities that ended one by one', () => {
  const bundlePath = bundleOnce();

  test('replays where their ends come all at once', async () => {
    const scenario = await startScenario(bundlePath(), 1);
    const load = new Load(scenario.client, scenario.taskQueue);
    await load.run({ count: 3, types: ['localTogether'], atOnce: 1 });
    const worker = {
      workflowBundle: { codePath: bundlePath() },
      plugins: [new EverspanPlugin({ processors: [new InMemoryProcessor()] })],
    };
    for (const { workflowId } of load.started) {
      const history = await scenario.client.workflow.getHandle(workflowId).fetchHistory();
      await expect(Worker.runReplayHistory(worker, history, workflowId)).resolves.toBeUndefined();
    }
    expectWhole(await judge(scenario, load.started));
  });
});
