import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CollectorClient } from '../../src/client/collector-client.js';
import { EXPORT_FORMATS, type ExportFormat } from '../../src/export/export-format.js';
import { exportTrace } from '../../src/export/export-trace.js';
import { parseJsonlRow } from '../../src/wire/parse-jsonl-row.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { closedSpan, openSpan, spanIdOf, spansOf } from '../processors/sample-span.js';
import { startCollector } from '../server/running-collector.js';

const SCOPE = { accountId: 'acct-test' };
const FIXTURE = new URL('../fixtures/flowmesh/two_branch_synthesis/', import.meta.url);

async function start(): Promise<{ store: MemoryStore; client: CollectorClient }> {
  const store = new MemoryStore();
  const { url } = await startCollector({ store });
  return { store, client: new CollectorClient({ baseUrl: url, accountId: 'acct-test' }) };
}

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

function rowsOf(type: string): string[] {
  return readFileSync(new URL(`${type}.jsonl`, FIXTURE), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

test('traces are listed by every filter, page by page', async () => {
  const { store, client } = await start();
  const traces = Array.from({ length: 7 }, (_, index) =>
    closedSpan({
      traceId: String(index + 1).repeat(32),
      name: index % 2 === 0 ? 'even' : 'odd',
      startTime: 1_000_000 * (index + 1),
      endTime: 1_000_000 * (index + 1) + 100 * index,
      status: index === 3 ? 'ERROR' : 'OK',
      attributes: { 'temporal.workflow.id': `wf/${index % 3} ?` },
      resource: { 'service.name': `service ${index}` },
    }),
  );
  await store.upsert([...traces, openSpan({ traceId: '9'.repeat(32), startTime: 9_000_000 })], SCOPE);
  const found = async (query: object, page: object = { order: 'oldest' }): Promise<string> => {
    const ids: string[] = [];
    for await (const trace of client.traces.listAll(query, page)) ids.push(trace.traceId.charAt(0));
    return ids.join('');
  };
  expect(await found({}, { limit: 3 })).toBe('97654321');
  expect(await found({})).toBe('12345679');
  expect(await found({ name: 'even' })).toBe('1357');
  expect(await found({ status: 'ERROR' })).toBe('4');
  expect(await found({ hasErrors: true })).toBe('4');
  expect(await found({ hasOpenSpans: true })).toBe('9');
  expect(await found({ workflowId: 'wf/1 ?' })).toBe('25');
  expect(await found({ serviceName: 'service 6' })).toBe('7');
  expect(await found({ startedFrom: 2_000_000, startedTo: 4_000_000 })).toBe('23');
  expect(await found({ durationAtLeast: 200, durationAtMost: 400 })).toBe('345');
});

test('a trace is read whole, and one that is not there is named', async () => {
  const { store, client } = await start();
  const spans = spansOf(1_500, closedSpan);
  await store.upsert(spans, SCOPE);
  const { traceId } = closedSpan();
  expect((await client.traces.get(traceId)).spans).toEqual(spans);
  await expect(client.traces.get('f'.repeat(32))).rejects.toMatchObject({ code: 'NOT_FOUND', serverCode: 'UNKNOWN_TRACE' });
  await expect(client.traces.get('../x')).rejects.toMatchObject({ code: 'REFUSED', serverCode: 'INVALID_ID' });
});

test('a trace is exported in every format as the export writes it', async () => {
  const { store, client } = await start();
  const spans = [closedSpan({ name: 'root' }), openSpan({ spanId: spanIdOf(2), parentId: spanIdOf(1) })];
  const { traceId } = closedSpan();
  await store.upsert(spans, SCOPE);
  const kept = await store.trace(traceId, SCOPE);
  for (const format of Object.keys(EXPORT_FORMATS) as ExportFormat[]) {
    expect(await joined(client.traces.export(traceId, format))).toBe([...exportTrace(kept, format)].join(''));
  }
  const lines = (await joined(client.traces.export(traceId, 'jsonl', { openSpans: false }))).trim().split('\n');
  expect(lines.map((line) => parseJsonlRow(line).name)).toEqual(['root']);
});

test('artefacts are kept by task, come back as they were, and are analysed as the fixture says', async () => {
  const { client } = await start();
  const expected = JSON.parse(readFileSync(new URL('expected.json', FIXTURE), 'utf8'));
  const workflowId = expected.workflow_id as string;
  for (const type of ['spans', 'assets', 'lineage'] as const) {
    const rows = rowsOf(type);
    const receipt = await client.artefacts.upload('task / 1', type, [...rows, '', 'torn {'], { workflowId });
    expect(receipt).toEqual({ taskId: 'task / 1', workflowId, type, rows: rows.length, blankLines: 1, badLines: 1 });
    const read: string[] = [];
    for await (const row of client.traces.fetch(type, workflowId)) read.push(row);
    expect(read).toEqual(rows);
  }
  expect(await client.traces.analyze(workflowId)).toEqual(expected);
  expect((await client.traces.profile(workflowId)).summary).toEqual(expected);
  await expect(client.traces.analyze('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND', serverCode: 'UNKNOWN_WORKFLOW' });
  await expect(joined(client.traces.fetch('spans', 'nobody'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(joined(client.traces.fetch('logs' as never, workflowId))).rejects.toMatchObject({ serverCode: 'UNKNOWN_TYPE' });
});

test('an upload takes its workflow from its root span, then from what the task has sent; a task has one workflow', async () => {
  const { client } = await start();
  await expect(client.artefacts.upload('t', 'assets', ['{"a":1}'])).rejects.toMatchObject({ serverCode: 'WORKFLOW_NEEDED' });
  const root = '{"name":"task","parent_id":null,"attributes":{"workflow_id":"of the root"}}';
  expect(
    await client.artefacts.upload('t', 'spans', ['{"parent_id":"0x1","attributes":{"workflow_id":"no"}}', root]),
  ).toMatchObject({ workflowId: 'of the root' });
  expect(await client.artefacts.upload('t', 'assets', ['{"a":1}'])).toMatchObject({ workflowId: 'of the root' });
  await expect(client.artefacts.upload('t', 'assets', ['{}'], { workflowId: 'another' })).rejects.toMatchObject({
    status: 409,
    serverCode: 'TASK_OF_ANOTHER',
  });
});

test('a trace says where its time went, and two how they differ', async () => {
  const { store, client } = await start();
  const run = (traceId: string, extra: number) => {
    const root = closedSpan({ traceId, type: 'workflow', name: 'order', endTime: closedSpan().startTime + 10_000_000 + extra });
    const child = closedSpan({
      traceId,
      spanId: spanIdOf(2),
      parentId: root.spanId,
      name: 'charge',
      startTime: root.startTime + 1_000_000,
      endTime: root.startTime + 9_000_000 + extra,
    });
    return [root, child];
  };
  const [before, after] = ['a'.repeat(32), 'b'.repeat(32)];
  await store.upsert([...run(before, 0), ...run(after, 5_000_000)], SCOPE);
  const { criticalPath, queues } = await client.traces.criticalPath(before);
  expect(Object.values(criticalPath.totals).reduce((sum, micros) => sum + micros, 0)).toBe(10_000_000);
  expect(criticalPath.contributors.map((contributor) => contributor.name)).toContain('charge');
  expect(queues.queues).toEqual([]);
  const comparison = await client.traces.compare(before, after);
  expect(comparison.durations.map((change) => (change.after ?? 0) - (change.before ?? 0))).toContain(5_000_000);
  await expect(client.traces.criticalPath(before, { rootId: 'f'.repeat(16) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
