import { expect, it } from 'vitest';
import { sgpControl, startNode, startSgpServerProcess } from './child-process.js';
import { builtProcessors } from './built-processors.js';
import { closedSpan, openSpan, spansOf } from './sample-span.js';

// One call of a processor in a process of its own.
const CALL = `
const [path, url, phase, spans] = process.argv.slice(1);
const { SgpProcessor } = await import(path);
const processor = new SgpProcessor({ apiKey: 'k', accountId: 'a', baseUrl: url });
await processor[phase](JSON.parse(spans), { signal: new AbortController().signal });
console.log(process.pid);
`;

it.each(['older', 'newer'])(
  'START and END in two processes make one closed row each at the %s store, in any order',
  async (kind) => {
    const compiled = builtProcessors;
    const { url } = await startSgpServerProcess({ kind });
    const call = async (phase: 'start' | 'end', spans: object): Promise<string> => {
      const child = startNode(['--input-type=module', '-e', CALL, compiled, url, phase, JSON.stringify(spans)]);
      const pid = await child.nextLine();
      expect(await child.exit()).toBe(0);
      return pid;
    };
    const starts = spansOf(3, openSpan);
    const ends = spansOf(3, (changes) => closedSpan({ ...changes, output: 'done' }));
    const pids = [
      await call('start', starts.slice(0, 2)),
      await call('end', ends),
      await call('start', starts),
      await call('end', ends.slice(1)),
    ];
    expect(new Set(pids).size).toBe(4);
    const rows = await sgpControl<Record<string, unknown>[]>(url, 'rows');
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row).toMatchObject({ output: { value: 'done' }, end_timestamp: expect.any(String) });
  },
);

it('the SGP test server runs as a process and takes its script over HTTP', async () => {
  const { url, child } = await startSgpServerProcess({ kind: 'older' });
  await sgpControl(url, 'fail', { status: 503 });
  const headers = { 'content-type': 'application/json', 'x-api-key': 'k', 'x-selected-account-id': 'a' };
  const put = (): Promise<Response> => fetch(`${url}/v5/spans/batch`, { method: 'PUT', headers, body: '{"items":[]}' });
  expect((await put()).status).toBe(503);
  expect((await put()).status).toBe(200);
  expect(await sgpControl(url, 'requests')).toMatchObject([{ status: 503 }, { status: 200 }]);
  child.process.kill('SIGTERM');
  expect(await child.exit()).toBe(0);
});
