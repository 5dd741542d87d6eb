import { Context } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { SgpProcessor } from '../../src/processors/sgp-processor.js';
import { eventsOf, taskFailures } from '../helpers/event-history.js';
import { describeWith } from '../helpers/servers.js';
import { type SgpServer, startSgpServer } from '../helpers/sgp-server.mjs';
import { bundleTracedWorkflows, startTracedWorker, type TracedWorker } from '../helpers/traced-worker.js';
import { itemsOf } from '../processors/sgp-test-processor.js';
import { duringActivity, duringSleep, greetOnce } from './workflows/be-cancelled.js';

let bundle: WorkflowBundle;
const activities = {
  greet: async (name: string) => `Hello, ${name}`,
  waitForCancel: async () => {
    const { cancelled, heartbeat } = Context.current();
    const beats = setInterval(() => heartbeat(), 50);
    await cancelled.finally(() => clearInterval(beats));
  },
};

/** A worker whose spans go to a server of the kind that SGP is. */
async function startSgpTracedWorker(): Promise<{ readonly server: SgpServer; readonly traced: TracedWorker }> {
  const server = await startSgpServer({ kind: 'newer' });
  onTestFinished(() => server.close());
  const processor = new SgpProcessor({ apiKey: 'key', accountId: 'account', baseUrl: server.url, triesMax: 1 });
  const everspan = { shutdownTimeoutMs: 500, logger: { warn: () => undefined } };
  return { server, traced: await startTracedWorker({ bundle, activities, everspan, processors: [processor] }) };
}

function sgpStats(traced: TracedWorker) {
  const stats = traced.plugin.stats().processors.find((processor) => processor.name === 'sgp');
  if (stats === undefined) throw new TypeError('no processor named sgp');
  return stats;
}

describeWith('temporalServer')('the workflow path', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('be-cancelled');
  });

  test('fails open and counts: spans that SGP refuses', async () => {
    const { server, traced } = await startSgpTracedWorker();
    server.refuseSpansNamed('activity greet', 422);
    const handle = await traced.start(greetOnce);
    expect(await handle.result()).toBe('Hello, nobody');
    await traced.finish();
    expect(taskFailures(await eventsOf(traced.client, handle.workflowId))).toEqual([]);
    // Counted, and no more often than it was refused alone: a batch with it is sent in parts, and again where an answer came too late.
    const refusals = server.writes().filter((write) => write.status === 422 && itemsOf(write).length === 1);
    const { dropped } = sgpStats(traced);
    expect(Object.keys(dropped)).toEqual(['rejected']);
    expect(dropped['rejected']).toBeLessThanOrEqual(refusals.length);
    // No other span is missing.
    expect(
      server
        .rows()
        .map((row) => row['name'])
        .sort(),
    ).toEqual(['attempt greet', 'start workflow greetOnce', 'workflow greetOnce']);
  });

  test('fails open and counts: an SGP that is not there', async () => {
    const { server, traced } = await startSgpTracedWorker();
    await server.refuseConnections();
    const handle = await traced.start(greetOnce);
    expect(await handle.result()).toBe('Hello, nobody');
    await traced.stop();
    // What waits for the server is given up.
    await traced.plugin.shutdown(500);
    const { memory } = traced;
    expect(taskFailures(await eventsOf(traced.client, handle.workflowId))).toEqual([]);
    const { delivered, dropped, failedCalls } = sgpStats(traced);
    expect(delivered).toBe(0);
    expect(Object.keys(failedCalls)).not.toEqual([]);
    expect(dropped['shutdown']).toBeGreaterThan(0);
    // Another processor beside it has all of the trace.
    expect(memory.open()).toEqual([]);
    expect(memory.spans()).toHaveLength(4);
  });

  test.each([
    ['an activity', duringActivity, 'activity waitForCancel'],
    ['a sleep inside a span', duringSleep, 'naps'],
  ] as const)('re-raises a cancellation and does not count it: during %s', async (_where, workflow, name) => {
    const { server, traced } = await startSgpTracedWorker();
    const handle = await traced.start(workflow);
    await server.waitForRequest((request) => request.body.includes(name));
    await handle.cancel();
    const failure: unknown = await handle.result().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect((failure as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    await traced.finish();
    expect(taskFailures(await eventsOf(traced.client, handle.workflowId))).toEqual([]);
    // It is how the spans ended, and no failure: neither of the run's, nor of their delivery.
    const rows = new Map(server.rows().map((row) => [row['name'], row]));
    for (const cancelled of [name, `workflow ${workflow.name}`]) {
      expect(rows.get(cancelled)).toMatchObject({ status: 'CANCELED', end_timestamp: expect.any(String) });
      expect(rows.get(cancelled)?.['metadata']).not.toHaveProperty('error');
    }
    const { breaker, dropped, failedCalls } = sgpStats(traced);
    expect({ breaker, dropped, failedCalls }).toEqual({ breaker: 'closed', dropped: {}, failedCalls: {} });
  });
});
