import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { InMemoryProcessor } from '../../../src/processors/in-memory-processor.js';
import type { SpanRun } from '../../../src/state/open-span-index.js';
import { RedisOpenSpanIndex } from '../../../src/state/redis-open-span-index.js';
import { sweep } from '../../../src/watchdog/sweep.js';
import { SWEEP_PAGE_RUNS } from '../../../src/watchdog/sweep-parts.js';
import type { SweepReport } from '../../../src/wire/watchdog.js';
import { WATCHDOG_WORKFLOW } from '../../../src/wire/watchdog.js';
import { isAway, ScriptedProcessor, takes } from '../../helpers/scripted-processor.js';
import { startRedis } from '../../helpers/redis-server.js';
import { describeWith } from '../../helpers/servers.js';
import { openSpan } from '../../helpers/spans.js';
import { connectClient, uniqueQueue } from '../../helpers/temporal.js';
import { bundleTracedWorkflows, startTracedWorker } from '../../helpers/traced-worker.js';
import { waitForDays } from '../workflows/watched.js';
import { WatchedIndex, sweepTools, watchedOptions } from './watched.js';

const DAY_MICROS = 86_400_000_000;
const SETTINGS = { settings: { graceMs: 0 } };

const unknownRun = (namespace = 'default'): SpanRun => ({
  namespace,
  workflowId: `unknown-${randomUUID()}`,
  runId: randomUUID(),
});

describeWith('temporalServer', 'redisServer')('where the record is silent', () => {
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('watched');
  });

  test('a run that nobody knows ends as UNKNOWN once retention has passed, and no sooner', async () => {
    const client = await connectClient();
    const [index, memory] = [new WatchedIndex(), new InMemoryProcessor()];
    const [longGone, recent] = [unknownRun(), unknownRun()];
    const nowMicros = Date.now() * 1_000;
    const first = openSpan('first', { startTime: nowMicros - 60 * DAY_MICROS });
    const second = openSpan('second', { startTime: nowMicros - 59 * DAY_MICROS });
    await index.put(longGone, [first, second]);
    await index.put(recent, [openSpan('third', { startTime: nowMicros - 1 })]);
    const { parts } = sweepTools(client, [memory], { openSpans: index });
    const report = await sweep(parts, SETTINGS);

    expect(report).toMatchObject({ runsClosed: 1, spansClosed: 2, runsWaiting: 1, runsUnanswered: 0 });
    const unknown = { status: 'UNKNOWN', source: 'inferred', endTime: second.startTime };
    expect(memory.spans()).toMatchObject([
      { ...first, ...unknown, attributes: { 'everspan.ended_by': 'watchdog' } },
      { ...second, ...unknown, attributes: { 'everspan.ended_by': 'watchdog' } },
    ]);
    expect(await index.spansOf(recent)).toHaveLength(1);
    expect(index.renewed).toEqual([recent.runId]);
  });

  test('a namespace that does not answer closes nothing', async () => {
    const { connection } = await connectClient();
    const [index, memory] = [new WatchedIndex(), new InMemoryProcessor()];
    await index.put(unknownRun('nowhere'), [openSpan('open', { startTime: 1 })]);
    const { parts } = sweepTools(new Client({ connection, namespace: 'nowhere' }), [memory], { openSpans: index });
    await expect(sweep(parts, SETTINGS)).rejects.toMatchObject({ name: 'WatchdogError', code: 'NAMESPACE_UNANSWERED' });
    expect(memory.events()).toEqual([]);
  });

  test('a namespace that stops answering stops the sweep', async () => {
    const client = await connectClient();
    const [index, memory] = [new WatchedIndex(), new InMemoryProcessor()];
    for (let run = 0; run < 40; run += 1) await index.put(unknownRun(), [openSpan('open', { startTime: 1 })]);
    const { parts } = sweepTools(client, [memory], { openSpans: index });
    const asked = { describes: 0 };
    // What a server that has gone away since looks like to a client that has used up its retries.
    const workflowService = Object.assign(Object.create(client.workflowService) as typeof client.workflowService, {
      describeWorkflowExecution: async () => {
        asked.describes += 1;
        throw Object.assign(ApplicationFailure.nonRetryable('14 UNAVAILABLE'), { code: 14 });
      },
    });
    const gone = { options: client.options, workflowService, withDeadline: client.withDeadline.bind(client) };
    await expect(sweep({ ...parts, client: gone }, SETTINGS)).rejects.toMatchObject({ code: 'NAMESPACE_UNANSWERED' });
    expect(asked.describes).toBeLessThan(40);
    expect(memory.events()).toEqual([]);
  });

  test('what no processor took is tried again by the next sweep', async () => {
    const client = await connectClient();
    const index = new WatchedIndex();
    const run = unknownRun();
    await index.put(run, [openSpan('open', { startTime: 1 })]);
    const processor = new ScriptedProcessor('scripted', isAway);
    const first = await sweep(sweepTools(client, [processor], { openSpans: index }).parts, SETTINGS);
    expect(first).toMatchObject({ runsClosed: 0, spansUndelivered: 1 });
    expect(await index.spansOf(run)).toHaveLength(1);

    processor.behaviour = takes;
    const next = await sweep(sweepTools(client, [processor], { openSpans: index }).parts, { ...SETTINGS, after: first.mark });
    expect(next).toMatchObject({ runsClosed: 1, spansUndelivered: 0, isFullPass: true });
    expect(await index.spansOf(run)).toEqual([]);
  });

  test('a run that closed a moment ago is left to its own last batch', async () => {
    const index = new WatchedIndex();
    const worker = await startTracedWorker({ bundle, everspan: watchedOptions(index) });
    const { client, memory } = worker;
    const handle = await worker.start(waitForDays, []);
    await memory.waitFor((spans) => spans.some((span) => span.name === 'timer'));
    await handle.terminate();
    const { parts } = sweepTools(client, [memory], { openSpans: index });
    const early = await sweep(parts, { settings: {} });
    expect(early).toMatchObject({ runsClosed: 0, spansClosed: 0 });
    expect(early.runsWaiting).toBeGreaterThan(0);
    // Without a look at every run: the list of closed runs tells of it, as soon as visibility has it.
    const later = { ...parts, nowMs: () => Date.now() + 61_000 };
    const reports: SweepReport[] = [];
    while (!reports.some(({ runsClosed }) => runsClosed > 0)) {
      reports.push(await sweep(later, { settings: {}, after: { ...early.mark, fullPassAtMs: Date.now() } }));
    }
    expect(reports.at(-1)).toMatchObject({ runsClosed: 1, spansClosed: 3, isFullPass: false });
  });

  test('an index whose list the renewals reorder is gone through once', async () => {
    const client = await connectClient();
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const index = new RedisOpenSpanIndex({ url: redis.url });
    onTestFinished(() => index.close());
    const runs = Array.from({ length: SWEEP_PAGE_RUNS * 2 }, () => unknownRun());
    for (const run of runs) await index.put(run, [openSpan('open', { startTime: Date.now() * 1_000 })]);
    const { parts } = sweepTools(client, [new InMemoryProcessor()], { openSpans: index });
    const report = await sweep(parts, SETTINGS);
    expect(report).toMatchObject({ isFullPass: true, runsClosed: 0 });
    // All of them, and one page more, by which it saw that it had come round.
    expect(report.runsDescribed).toBeGreaterThanOrEqual(runs.length);
    expect(report.runsDescribed).toBeLessThanOrEqual(runs.length + SWEEP_PAGE_RUNS);
  });

  test('two sweeps at once end each span alike', async () => {
    const client = await connectClient();
    const [index, memory] = [new WatchedIndex(), new InMemoryProcessor()];
    for (let run = 0; run < 30; run += 1) {
      await index.put(unknownRun(), [openSpan(`span ${run}`, { startTime: 1_000_000 + run })]);
    }
    const tools = [0, 1].map(() => sweepTools(client, [memory], { openSpans: index }));
    await Promise.all(tools.map(({ parts }) => sweep(parts, SETTINGS)));
    expect(memory.spans()).toHaveLength(30);
    expect(memory.open()).toEqual([]);
    const contents = new Map(memory.events().map((event) => [event.spanId, JSON.stringify({ ...event, resource: {} })]));
    for (const event of memory.events()) expect(JSON.stringify({ ...event, resource: {} })).toBe(contents.get(event.spanId));
  });

  test('a sweep whose worker fails goes on from the page that it had come to', async () => {
    const index = new FailingIndex();
    for (let run = 0; run < SWEEP_PAGE_RUNS + 20; run += 1) await index.put(unknownRun(), [openSpan(`span ${run}`)]);
    const taskQueue = uniqueQueue('watchdog');
    const { client } = await startTracedWorker({
      bundle,
      everspan: watchedOptions(index, { watchdog: { taskQueue } }),
    });
    const report: SweepReport = await client.workflow.execute(WATCHDOG_WORKFLOW, {
      taskQueue,
      workflowId: uniqueQueue('sweep'),
      args: [{ graceMs: 0 }],
    });
    const second = index.cursors[1];
    expect(second).toBeTypeOf('string');
    // First page, second page fails; the next attempt begins with the second.
    expect(index.cursors).toEqual([undefined, second, second]);
    expect(report).toMatchObject({ runsClosed: SWEEP_PAGE_RUNS + 20, runsDescribed: SWEEP_PAGE_RUNS + 20 });
  });
});

/** Fails when its second page is asked for, once. */
class FailingIndex extends WatchedIndex {
  readonly cursors: (string | undefined)[] = [];

  override async runs(page: { readonly limit: number; readonly cursor?: string }) {
    this.cursors.push(page.cursor);
    if (this.cursors.length === 2) throw ApplicationFailure.create({ message: 'index away', nextRetryDelay: '10ms' });
    return super.runs(page);
  }
}
