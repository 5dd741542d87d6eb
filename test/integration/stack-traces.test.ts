import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { eventsOf, isMarked } from '../helpers/event-history.js';
import { describeWith } from '../helpers/servers.js';
import { makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';
import { madeError, sleepOnLine } from './workflows/stack-traces.js';

describeWith('temporalServer')('the stack traces of a traced workflow', () => {
  test.each([
    ['a flush has left', { lingerMs: 0 }, true],
    ['a flush waits for its timer', {}, false],
  ])("show where the user's code waits, as untraced, and nothing of everspan: %s", async (_name, everspan, hasFlushed) => {
    const bench = await setUpBench('stacks');
    const bundles = await makeBundles(fileURLToPath(new URL('./workflows/stack-traces.ts', import.meta.url)));
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory], ...everspan });
    const stackTrace = async (kind: 'traced' | 'untraced') => {
      const plugins = kind === 'traced' ? [plugin] : [];
      return withWorker(bench, { workflowBundle: bundles[kind], plugins }, async () => {
        const { taskQueue, client } = bench;
        const handle = await client.workflow.start(sleepOnLine, { workflowId: `${taskQueue}-${kind}`, taskQueue });
        const made = await handle.query(madeError);
        expect(made).toEqual({ isError: true, stack: expect.stringContaining('sleepOnLine') });
        const waiting = await handle.query<string>('__stack_trace');
        await handle.terminate('has told where it waits');
        return waiting;
      });
    };
    const untraced = await stackTrace('untraced');
    const traced = await stackTrace('traced');
    expect(untraced).toContain('sleepOnLine');
    expect(framesOf(traced)).toEqual(framesOf(untraced));
    expect(isMarked(await eventsOf(bench.client, `${bench.taskQueue}-traced`))).toBe(true);
    expect(memory.open().length > 0).toBe(hasFlushed);
  });
});

// The hooks that a call passes are on its way, as any interceptor's.
function framesOf(stackTrace: string): string[] {
  return stackTrace.split('\n').filter((line) => !/[\\/]interceptors[\\/]workflow-\w+\.ts/.test(line));
}
