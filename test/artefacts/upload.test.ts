import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asset, lineageFrom, phase, task } from '../../src/artefacts/index.js';
import { startCollectorDouble } from './collector-double.js';
import { readRows, startRecorder } from './task-rows.js';

const KEYS = { apiKey: 'the key', accountId: 'the-account' } as const;
const QUICK = { triesMax: 1, retryLaterMs: 20 } as const;

describe('an upload', () => {
  it('sends each type once its task has closed, named by the task, the workflow and the account', async () => {
    const collector = await startCollectorDouble();
    const { recorder, folder } = startRecorder({ server: collector.url, ...KEYS, apiKey: 'key', keepUploaded: true });
    await recorder.run(() =>
      task('doc/7 ü', { workflowId: 'w&1' }, async () => {
        phase('work', { type: 'compute' }, () => 1);
        asset({ guid: 'g' });
        await setImmediate();
        expect(collector.requests).toEqual([]);
      }),
    );
    await recorder.flush();
    const task7 = `/traces/tasks/${encodeURIComponent('doc/7 ü')}`;
    expect(collector.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(
      ['spans', 'assets', 'lineage'].map((type) => `POST ${task7}/${type}?workflow_id=w%261`),
    );
    for (const { headers } of collector.requests) {
      expect(headers).toMatchObject({
        'x-api-key': 'key',
        'x-selected-account-id': 'the-account',
        'content-type': 'application/x-ndjson',
      });
    }
    const [name] = readdirSync(folder) as [string];
    for (const [index, type] of ['spans', 'assets', 'lineage'].entries()) {
      expect(collector.requests[index]?.body).toBe(readFileSync(join(folder, name, 'logs', `${type}.jsonl`), 'utf8'));
    }
    expect(collector.requests[0]?.body.split('\n')).toHaveLength(3);
    expect(recorder.stats()).toMatchObject({ uploaded: 1, waiting: 0 });
  });

  it('takes the folder away, unless it is to stay', async () => {
    const collector = await startCollectorDouble();
    const { recorder, folder } = startRecorder({ server: collector.url });
    recorder.run(() => task('gone', { workflowId: 'w' }, () => lineageFrom('source')));
    await recorder.flush();
    expect(readdirSync(folder)).toEqual([]);
    expect(collector.files.get('gone/lineage')).toContain('"source_data_id":"source"');
  });

  it('neither delays nor fails a body while the server hangs or answers 503', async () => {
    const collector = await startCollectorDouble();
    collector.answers.push(503, 503);
    const { recorder, warnings } = startRecorder({ server: collector.url, ...QUICK, retryLaterMs: 3_600_000 });
    await recorder.run(async () => {
      expect(await task('one', { workflowId: 'w' }, async () => 1)).toBe(1);
      expect(await task('two', { workflowId: 'w' }, async () => 2)).toBe(2);
    });
    await recorder.flush();
    expect(recorder.stats()).toMatchObject({ uploaded: 0, uploadsPutOff: 2, waiting: 2 });
    expect(warnings.join()).toContain('answered 503');
  });

  it('is tried again, and later once more, until the server takes it', async () => {
    const collector = await startCollectorDouble();
    collector.answers.push(503, 200, 503);
    const { recorder } = startRecorder({ server: collector.url, ...QUICK });
    recorder.run(() => task('late', { workflowId: 'w' }, () => 1));
    await collector.until(() => collector.files.has('late/lineage'));
    await recorder.flush();
    expect(recorder.stats()).toMatchObject({ uploaded: 1, uploadsPutOff: 2, waiting: 0 });
  });

  it('that is refused is not sent again, and its folder says so', async () => {
    const collector = await startCollectorDouble();
    collector.answers.push(409);
    const { recorder, folder, warnings } = startRecorder({ server: collector.url, ...QUICK });
    recorder.run(() => task('other', { workflowId: 'w' }, () => 1));
    await recorder.flush();
    expect(recorder.stats()).toMatchObject({ uploadsRefused: 1, waiting: 0 });
    expect(readFileSync(join(folder, 'other', 'settled'), 'utf8')).toBe('refused 409\n');
    expect(readRows(folder, 'other').spans).toHaveLength(1);
    expect(warnings.join()).toContain('answered 409 to spans of task other');
    expect(collector.requests).toHaveLength(1);
  });

  it.each([401, 403, 404])('that is answered %s is put off: the rows are not to blame', async (status) => {
    const collector = await startCollectorDouble();
    collector.answers.push(status);
    const { recorder, warnings } = startRecorder({ server: collector.url, ...QUICK });
    recorder.run(() => task('kept', { workflowId: 'w' }, () => 1));
    await collector.until(() => collector.files.has('kept/lineage'));
    await recorder.flush();
    expect(recorder.stats()).toMatchObject({ uploaded: 1, uploadsPutOff: 1, uploadsRefused: 0 });
    expect(warnings.join()).toContain(`answered ${status}: look at its address and key`);
  });

  it('leaves out a line that is not whole', async () => {
    const collector = await startCollectorDouble();
    const { recorder, folder } = startRecorder({ server: collector.url, keepUploaded: true });
    recorder.run(() =>
      task('torn', { workflowId: 'w' }, (span) => {
        // Torn as a full disk tears it: the row behind it begins a line of its own, so this is the file's end.
        span.setAttribute('large', 'x'.repeat(4_000));
      }),
    );
    await recorder.flush();
    appendFileSync(join(folder, 'torn', 'logs', 'assets.jsonl'), '{"data_id":"torn","asset_gu');
    const second = startRecorder({ server: collector.url, folder });
    second.recorder.run(() => task('torn', { workflowId: 'w' }, () => asset({ guid: 'whole' })));
    await second.recorder.flush();
    expect(collector.files.get('torn/assets')).toMatch(/^\{[^\n]*"whole"[^\n]*\}\n$/);
  });

  it('of an earlier run never replaces that of a later one', async () => {
    const collector = await startCollectorDouble();
    const { recorder, folder } = startRecorder({ server: collector.url, ...QUICK });
    // The earlier run is put off, and would come again once the later one is there.
    collector.answers.push(503);
    await recorder.run(async () => {
      await task('twice', { workflowId: 'w' }, async () => asset({ guid: 'earlier' }));
      await recorder.flush();
      await task('twice', { workflowId: 'w' }, async () => asset({ guid: 'later' }));
    });
    await collector.until(() => collector.files.has('twice/lineage'));
    await recorder.flush();
    const stats = recorder.stats();
    // Whether the earlier one came again before the later one ended is chance.
    expect([stats.uploaded + stats.superseded, stats.waiting]).toEqual([2, 0]);
    expect(collector.files.get('twice/assets')).toContain('later');
    expect(readdirSync(folder)).toEqual(stats.superseded === 1 ? ['twice'] : []);
  });

  it('of runs that end at once leaves the one that ended last', async () => {
    const collector = await startCollectorDouble();
    const { recorder } = startRecorder({ server: collector.url });
    await recorder.run(async () => {
      for (let run = 1; run <= 8; run += 1) await task('often', { workflowId: 'w' }, async () => asset({ guid: `run ${run}` }));
    });
    await recorder.flush();
    const stats = recorder.stats();
    expect([stats.uploaded + stats.superseded, stats.waiting]).toEqual([8, 0]);
    expect(collector.files.get('often/assets')).toContain('run 8');
  });

  it('has all the bytes of a file that is larger than one read', async () => {
    const collector = await startCollectorDouble();
    const { recorder } = startRecorder({ server: collector.url });
    recorder.run(() =>
      task('many', { workflowId: 'w' }, () => {
        for (let index = 0; index < 3_000; index += 1) asset({ guid: `asset-${index}-ü` });
      }),
    );
    await recorder.flush(20_000);
    const rows = (collector.files.get('many/assets') ?? '').trimEnd().split('\n');
    expect(rows.map((row) => (JSON.parse(row) as { asset_guid: string }).asset_guid)).toEqual(
      Array.from({ length: 3_000 }, (_, index) => `asset-${index}-ü`),
    );
  });

  it('that was under way at the shutdown stays on the disk', async () => {
    const collector = await startCollectorDouble();
    collector.answers.push(503);
    const { recorder, folder } = startRecorder({ server: collector.url, triesMax: 5 });
    recorder.run(() => task('kept', { workflowId: 'w' }, () => 1));
    await collector.until(() => collector.requests.length === 1);
    await recorder.shutdown(1);
    expect(existsSync(join(folder, 'kept', 'settled'))).toBe(false);
    expect(readRows(folder, 'kept').spans).toHaveLength(1);
    expect(recorder.run(() => task('after', () => 3))).toBe(3);
    expect(readdirSync(folder)).toEqual(['kept']);
  });
});
