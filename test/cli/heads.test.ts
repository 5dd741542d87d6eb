import { describe, expect, it } from 'vitest';
import { CollectorClient } from '../../src/client/collector-client.js';
import type { Span } from '../../src/span/span.js';
import { CALL, FAILED, STEP } from '../store/heads.js';
import { sqliteFile } from './kept-spans.js';
import { everspan, startEverspan } from './run-everspan.js';
import { spanFolder } from './span-folder.js';

const QUERY: Span = { ...CALL, traceId: 'c'.repeat(32), name: 'query state', type: 'client_query' };
const SPANS = [CALL, STEP, FAILED, QUERY];

async function collector(): Promise<string> {
  const running = startEverspan(['serve', '--port', '0', '--store', await sqliteFile(SPANS)]);
  return (/on (http:\S+) /.exec(await running.waitFor(/on http:\S+ /)) as unknown as [string, string])[1];
}

describe('a failed workflow that a client started', () => {
  it.each([
    ['a folder', async () => ['--from', spanFolder(SPANS)]],
    ['a store', async () => ['--store', await sqliteFile(SPANS)]],
    ['a collector', async () => ['--server', await collector()]],
  ])('is listed by its own name and status, and found by them, from %s', async (_source, where) => {
    const source = await where();
    const list = (...args: string[]) => everspan(['trace', 'list', ...source, ...args]);
    const all = await list('--oldest');
    expect(all.stdout).toMatch(new RegExp(`\n${CALL.traceId}  workflow order  ERROR .* 2\\.0 s +3 +1  order-1\n`));
    expect(all.stdout).not.toContain(CALL.name);
    for (const filter of [
      ['--status', 'ERROR'],
      ['--name', 'workflow order'],
    ]) {
      const { stdout } = await list('-f', 'json', ...filter);
      expect(JSON.parse(stdout)).toMatchObject({ traces: [{ traceId: CALL.traceId, name: 'workflow order', status: 'ERROR' }] });
    }
    expect((await list('-f', 'json', '--status', 'OK')).stdout).toContain(QUERY.name);
    const namesOf = async (filter: string): Promise<string[]> =>
      (JSON.parse((await list('-f', 'json', filter)).stdout) as { traces: { name: string }[] }).traces.map(({ name }) => name);
    expect(await namesOf('--no-calls')).toEqual(['workflow order']);
    expect(await namesOf('--calls')).toEqual([QUERY.name]);
    expect(JSON.parse((await list('-f', 'json', '--errors')).stdout)).toMatchObject({ traces: [{ errorCount: 1 }] });
  });

  it('is given so to a client of the collector', async () => {
    const { traces } = new CollectorClient({ baseUrl: await collector() });
    const wanted = [expect.objectContaining({ name: 'workflow order', status: 'ERROR', serviceName: 'orders' })];
    expect((await traces.list({ status: 'ERROR', name: 'workflow order' })).items).toEqual(wanted);
    expect((await traces.list({ name: CALL.name })).items).toEqual([]);
  });
});

describe('everspan trace tail', () => {
  it('says the type of a span where the name does not', async () => {
    const typed: Partial<Span>[] = [
      { name: 'activity compose', type: 'activity' },
      { name: 'local activity compose', type: 'local_activity' },
      { name: 'handle signal approve', type: 'signal_handler' },
      { name: 'signal approve with start order', type: 'client_signal_with_start' },
      { name: 'timer', type: 'timer' },
      { name: 'load prices', type: 'custom' },
      { name: 'GET /prices', type: 'otel' },
    ];
    const spans = typed.map((changes, index): Span => ({ ...STEP, ...changes, spanId: `${index + 1}`.padStart(16, '0') }));
    const { stdout } = await everspan(['trace', 'tail', '--all', '--count', '7', '--from', spanFolder(spans)]);
    const said = stdout.trimEnd().split('\n');
    expect(said.map((line) => line.split(`${STEP.traceId}  `)[1])).toEqual([
      'activity compose 1.0 s',
      'local activity compose 1.0 s',
      'handle signal approve 1.0 s',
      'signal approve with start order 1.0 s',
      'timer 1.0 s',
      'custom load prices 1.0 s',
      'otel GET /prices 1.0 s',
    ]);
  });
});
