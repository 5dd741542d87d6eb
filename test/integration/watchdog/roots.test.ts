import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import type { Span } from '../../../src/span/span.js';
import { sweep } from '../../../src/watchdog/sweep.js';
import { eventsOf, ofType } from '../../helpers/event-history.js';
import { describeWith } from '../../helpers/servers.js';
import { bundleTracedWorkflows, startTracedWorker } from '../../helpers/traced-worker.js';
import { endWell, waitForDays } from '../workflows/watched.js';
import { sweepTools } from './watched.js';

describeWith('temporalServer')('without an open-span index', () => {
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('watched');
  });

  test.each(['a traced client', 'an untraced client'])(
    'a sweep ends what history proves, the root span of a run that the server closed, for a run of %s',
    async (starter) => {
      const worker = await startTracedWorker({ bundle, everspan: { lingerMs: 0, closing: 'record' } });
      const { memory, taskQueue } = worker;
      const client = starter === 'a traced client' ? worker.client : worker.untracedClient;
      const options = { taskQueue, args: [] as [] };
      const handle = await client.workflow.start(waitForDays, { ...options, workflowId: `${taskQueue}-terminated` });
      const completed = await client.workflow.start(endWell, { ...options, workflowId: `${taskQueue}-completed` });
      await completed.result();
      while (ofType(await eventsOf(client, handle.workflowId), 'WORKFLOW_TASK_COMPLETED').length === 0) await delay(20);
      await memory.waitFor((spans) => spans.some((span) => span.name === 'timer'));
      const isRoot = (span: Span): boolean => span.name === 'workflow waitForDays';
      const begun = memory.spans().find(isRoot) as Span;
      await handle.terminate('no longer wanted');
      const closedAt = (await handle.describe()).closeTime?.getTime();

      const { parts } = sweepTools(client, [memory], {});
      // As soon as visibility has it.
      while (memory.open().some(isRoot)) {
        expect(await sweep(parts, { settings: { graceMs: 0 } })).toMatchObject({ reach: 'roots', isFullPass: false });
      }
      const ended = memory.spans().find(isRoot) as Span;
      expect(Math.floor((ended.endTime ?? 0) / 1_000)).toBe(closedAt);
      expect(ended).toMatchObject({ status: 'TERMINATED', statusMessage: 'no longer wanted', source: 'recorded' });
      // All else is what the run itself said of it, but for the process that said so.
      const { endTime: _end, statusMessage: _message, ...rest } = ended;
      const { 'everspan.ended_by': endedBy, ...attributes } = rest.attributes;
      expect(endedBy).toBe('watchdog');
      expect({ ...rest, attributes, status: 'RUNNING', source: 'observed', resource: {}, revision: 0 }).toEqual({
        ...begun,
        resource: {},
        revision: 0,
      });
      // What is within it, and what closed by its own code, only an index knows.
      expect(memory.open().map(({ name }) => name)).toContain('timer');
      expect(memory.open().map(({ name }) => name)).toContain('workflow endWell');
    },
  );
});
