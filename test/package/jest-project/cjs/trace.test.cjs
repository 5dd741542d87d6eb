// @ts-nocheck -- run by Jest, whose functions are global here
// In a CommonJS project: everspan is an ES module, which Jest takes by import() only, with Node's --experimental-vm-modules.
const client = require('@temporalio/client');
const worker = require('@temporalio/worker');

test('a traced workflow has the trace that is expected', async () => {
  const everspan = await import('everspan');
  const testing = await import('everspan/testing');
  const { EXPECTED_TRACE, runTraced } = await import('../traced-run.mjs');
  const { memory, result } = await runTraced({ everspan, testing, client, worker });
  expect(result).toBe(84);
  testing
    .expectTrace(memory)
    .toBeClosed()
    .toHaveNoDuplicates()
    .toMatchTree(EXPECTED_TRACE)
    .toHaveSpans([/^attempt/, 'multiply']);
});

test('an activity alone is traced in a mock environment', async () => {
  const { MockActivityEnvironment } = require('@temporalio/testing');
  const { SpanPipeline, traceActivities, withSpan } = await import('everspan');
  const { expectTrace, InMemoryProcessor } = await import('everspan/testing');
  const memory = new InMemoryProcessor();
  const pipeline = new SpanPipeline({ processors: [memory], resource: {} });
  const { double } = traceActivities({ double: async (value) => withSpan('multiply', () => value * 2) }, { pipeline });
  expect(await new MockActivityEnvironment({ attempt: 2 }).run(double, 4)).toBe(8);
  await pipeline.shutdown(5_000);
  expectTrace(memory).toMatchTree({ type: 'attempt', status: 'OK', children: ['multiply'] });
});
