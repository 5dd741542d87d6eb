// @ts-nocheck -- run by Jest, whose functions are global here
// In an ESM project: static imports, and Node's --experimental-vm-modules, which Jest needs for any ES module.
import * as client from '@temporalio/client';
import * as worker from '@temporalio/worker';
import * as everspan from 'everspan';
import * as testing from 'everspan/testing';
import { EXPECTED_TRACE, runTraced } from './traced-run.mjs';

const { expectTrace } = testing;

test('a traced workflow has the trace that is expected', async () => {
  const { memory, result } = await runTraced({ everspan, testing, client, worker });
  expect(result).toBe(84);
  expectTrace(memory)
    .toBeClosed()
    .toHaveNoDuplicates()
    .toMatchTree(EXPECTED_TRACE)
    .toHaveSpans([/^attempt/, 'multiply']);
});

test('a trace that is not as expected fails the test with its tree', async () => {
  const { memory } = await runTraced({ everspan, testing, client, worker });
  const expectation = () => expectTrace(memory).toMatchTree({ name: 'workflow doubleTwice', children: ['activity triple'] });
  expect(expectation).toThrow(testing.TraceAssertionError);
  expect(expectation).toThrow(/activity triple[^]*workflow doubleTwice[^]*once more/);
});
