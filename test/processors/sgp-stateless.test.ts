import { describe, expect, it, onTestFinished } from 'vitest';
import { type SgpServer, startSgpServer } from '../helpers/sgp-server.mjs';
import { closedSpan, openSpan, patientContext, spanIdOf, spansOf } from './sample-span.js';
import { itemsOf, sgpProcessorFor } from './sgp-test-processor.js';

async function serverOf(): Promise<SgpServer> {
  const server = await startSgpServer({ kind: 'newer' });
  onTestFinished(() => server.close());
  return server;
}

describe('the stateless processor', () => {
  it('START and END are two writes: 100 spans, 200 items', async () => {
    const server = await serverOf();
    const { processor } = sgpProcessorFor(server);
    for (const span of spansOf(100, openSpan)) await processor.start([span], patientContext());
    for (const span of spansOf(100, closedSpan)) await processor.end([span], patientContext());
    expect(server.writes().flatMap(itemsOf)).toHaveLength(200);
    expect(server.writes()).toHaveLength(200);
    expect(server.rows()).toHaveLength(100);
    expect(server.rows().every((row) => row['end_timestamp'] !== undefined)).toBe(true);
  });

  it('END without START writes one full item', async () => {
    const server = await serverOf();
    const { processor } = sgpProcessorFor(server);
    await processor.end([closedSpan({ parentId: spanIdOf(7), input: { q: 1 }, output: { a: 2 } })], patientContext());
    const [item, ...others] = server.writes().flatMap(itemsOf);
    expect(others).toEqual([]);
    expect(Object.keys(item ?? {})).toEqual(
      'name id trace_id start_timestamp input output metadata status type end_timestamp parent_id'.split(' '),
    );
  });

  it('input and output changed between START and END arrive with END', async () => {
    const server = await serverOf();
    const { processor } = sgpProcessorFor(server);
    await processor.start([openSpan({ input: { q: 'early' } })], patientContext());
    await processor.end([closedSpan({ input: { q: 'late' }, output: { a: 1 } })], patientContext());
    expect(server.rows()).toMatchObject([{ input: { q: 'late' }, output: { a: 1 } }]);
  });

  it('error recorded as ERROR with metadata', async () => {
    const server = await serverOf();
    const { processor } = sgpProcessorFor(server);
    const failed = closedSpan({ status: 'ERROR', statusMessage: 'boom', attributes: { 'error.type': 'ValueError' } });
    await processor.end([failed], patientContext());
    expect(server.rows()).toMatchObject([
      {
        status: 'ERROR',
        metadata: { error: true, error_type: 'ValueError', error_message: 'boom', error_category: 'application' },
      },
    ]);
  });

  it('one processor starts what another ends', async () => {
    const server = await serverOf();
    await sgpProcessorFor(server).processor.start(spansOf(10, openSpan), patientContext());
    await sgpProcessorFor(server).processor.end(spansOf(10, closedSpan), patientContext());
    expect(server.rows()).toHaveLength(10);
    expect(server.rows().every((row) => row['end_timestamp'] !== undefined)).toBe(true);
  });
});
