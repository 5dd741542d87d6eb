import { AsyncResource } from 'node:async_hooks';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINE_BYTES_MAX } from '../../src/artefacts/artefact-row.js';
import { folderName } from '../../src/artefacts/folder-name.js';
import { ArtefactOptionsError, ArtefactRecorder, asset, lineageFrom, marker, phase, task } from '../../src/artefacts/index.js';
import { ProcessorOptionsError } from '../../src/processors/errors.js';
import { readAllRows, readRows, spanRow, startRecorder, temporaryFolder } from './task-rows.js';

const throwing = (): never => {
  throw new RangeError('not to be read');
};

describe('the id of a task', () => {
  it.each([
    '../../up',
    '/etc/passwd',
    '..\\..\\up',
    'a/../../b',
    '.hidden',
    'nul\0byte',
    'con',
    'aux.txt',
    'dots...',
    '~',
    'ä'.repeat(200),
  ])('%j is kept to a folder of its own', async (id) => {
    const { recorder, folder } = startRecorder();
    recorder.run(() => task(id, () => phase('work', { type: 'compute' }, () => 1)));
    await recorder.flush();
    const names = readdirSync(folder);
    expect(names).toHaveLength(1);
    expect(statSync(join(folder, names[0] as string)).isDirectory()).toBe(true);
    expect(spanRow(readRows(folder, names[0] as string), 'task').attributes['data_id']).toBe(id);
  });

  it('never leads out of its folder, hides it, or shares it with another id', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom('.', '/', '\\', '\0', 'a', '~', ':') }),
    );
    fc.assert(
      fc.property(text, text, (one, other) => {
        for (const id of [one, other]) {
          const path = resolve('/parent', folderName(id));
          expect(path).toBe(`/parent/${basename(path)}`);
          expect(basename(path)).toMatch(/^[A-Za-z0-9_~][A-Za-z0-9._~-]{0,120}$/);
        }
        expect(folderName(one) === folderName(other)).toBe(one === other);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['empty', ''],
    ['one dot', '.'],
    ['two dots', '..'],
    ['lone surrogate', '\ud800'],
    ['long', 'x'.repeat(513)],
    ['number', 7],
    ['nothing', undefined],
  ])('that can be none (%s) leaves the body as it is, unrecorded and counted', async (_what, id) => {
    const { recorder, folder, warnings } = startRecorder();
    expect(recorder.run(() => task(id as string, () => phase('work', { type: 'compute' }, () => 5)))).toBe(5);
    await recorder.flush();
    expect(existsSync(folder) && readdirSync(folder)).toEqual([]);
    expect(recorder.stats().dropped).toMatchObject({ invalid: 1, outside_task: 1 });
    expect(warnings.join()).toContain('cannot be recorded');
  });

  it('that comes again gets a folder beside the first, also while that is written', async () => {
    const { recorder, folder } = startRecorder();
    await recorder.run(async () => {
      await task('again', async () => {
        await task('again', async () => marker('inner'));
        marker('outer');
      });
      await task('again', async () => marker('later'));
    });
    await recorder.flush();
    const markers = [...readAllRows(folder)].map(([name, rows]) => [name, rows.spans.map((row) => row.name)]);
    expect(markers.map(([name]) => name)).toEqual(['again', 'again~2', 'again~3']);
    expect(markers.map(([, names]) => names).sort()).toEqual([
      ['inner', 'task'],
      ['later', 'task'],
      ['outer', 'task'],
    ]);
  });
});

describe('what the user hands in', () => {
  it('may throw when it is looked at: the body runs, and what is lost is counted', async () => {
    const { recorder, folder } = startRecorder();
    const hostile = new Proxy({}, { get: throwing, ownKeys: throwing, has: throwing });
    const attributes = Object.defineProperty({ fine: 1 }, 'bad', { get: throwing, enumerable: true });
    await recorder.run(async () => {
      expect(task('hostile', hostile, () => 1)).toBe(1);
      expect(task('null', null as never, () => 2)).toBe(2);
      await task('sound', { attributes }, async (span) => {
        span.setAttribute('big', 10n);
        span.setAttributes(hostile);
        expect(phase('hostile', hostile as never, () => 3)).toBe(3);
        expect(phase('no type', {} as never, () => 4)).toBe(4);
        expect(phase(Symbol('name') as never, { type: 'compute', attributes }, () => 5)).toBe(5);
        asset(hostile as never);
        asset({ guid: '' });
        asset({ guid: 'g', version: 1.5 });
        lineageFrom(hostile as never);
        lineageFrom(['fine', 7 as never, 'sound']);
        marker('hostile', hostile);
      });
    });
    await recorder.flush();
    const rows = readRows(folder, 'sound');
    expect(rows.spans.map((row) => row.name)).toEqual(['Symbol(name)', 'task']);
    expect(spanRow(rows, 'task').attributes).toMatchObject({ fine: 1, bad: '[unreadable]', big: '10', data_id: 'sound' });
    expect(rows.assets).toEqual([]);
    expect(rows.lineage).toMatchObject([{ source_data_id: 'fine' }]);
    // Two tasks, two phases, three assets, a list of sources, two sources, a marker.
    expect(recorder.stats().dropped.invalid).toBe(11);
  });

  it('does not replace what makes a span a row of its task', async () => {
    const { recorder, folder } = startRecorder();
    const claimed = { data_id: 'other', batch_id: 'other', 'flowmesh.type': 'other', user_id: 'mallory', workflow_id: 'other' };
    recorder.run(() =>
      task('own', { ownerId: 'alice', workflowId: 'w', attributes: claimed }, (span) => {
        span.setAttributes(claimed);
        phase('work', { type: 'compute', attributes: claimed }, () => 1);
      }),
    );
    await recorder.flush();
    const rows = readRows(folder, 'own');
    expect(spanRow(rows, 'task').attributes).toMatchObject({
      data_id: 'own',
      batch_id: 'own',
      user_id: 'alice',
      workflow_id: 'w',
    });
    expect(spanRow(rows, 'work').attributes).toMatchObject({ data_id: 'own', batch_id: 'own', 'flowmesh.type': 'compute' });
  });

  it('is redacted as the spans of a trace are, its ids aside', async () => {
    const { recorder, folder } = startRecorder({ redaction: { names: ['user_id', 'secret'], patterns: [/hunter2/] } });
    recorder.run(() =>
      task('own', { ownerId: 'alice', attributes: { secret: 'abc' } }, () => phase('try hunter2', { type: 'compute' }, () => 1)),
    );
    await recorder.flush();
    const rows = readRows(folder, 'own');
    expect(rows.spans[0]?.name).toBe('try [redacted]');
    expect(spanRow(rows, 'task').attributes).toMatchObject({ secret: '[redacted]', user_id: 'alice' });
  });

  it('past what a line may hold is cut, the largest first, and marked', async () => {
    const { recorder, folder } = startRecorder();
    const large = Array.from({ length: 128 }, () => '\u0001'.repeat(4_000));
    const attributes = { less: large.slice(0, 100), large, small: 'kept' };
    recorder.run(() =>
      task('large', { attributes }, (span) => {
        span.addEvent('read', { large });
      }),
    );
    await recorder.flush();
    const [name] = readdirSync(folder) as [string];
    expect(statSync(join(folder, name, 'logs', 'spans.jsonl')).size).toBeLessThanOrEqual(LINE_BYTES_MAX);
    const root = spanRow(readRows(folder, name), 'task');
    expect(root.attributes).toMatchObject({ data_id: 'large', small: 'kept', 'everspan.truncated': ['events', 'attributes'] });
    expect(Object.keys(root.attributes)).not.toContain('large');
    expect(root.attributes['less']).toHaveLength(100);
    expect(root.events).toMatchObject([{ name: 'read', attributes: null }]);
  });

  it('comes too late once the task has ended, and is counted', async () => {
    const { recorder, folder } = startRecorder();
    const late: (() => void)[] = [];
    recorder.run(() =>
      task('early', () => {
        late.push(
          AsyncResource.bind(() => phase('late', { type: 'compute' }, () => 1)),
          AsyncResource.bind(() => marker('late')),
          AsyncResource.bind(() => asset({ guid: 'late' })),
          AsyncResource.bind(() => lineageFrom('late')),
        );
      }),
    );
    for (const call of late) call();
    await recorder.flush();
    expect(readRows(folder, 'early').spans).toHaveLength(1);
    expect(recorder.stats().dropped.late).toBe(4);
  });
});

describe('a disk', () => {
  it('that has no room for a folder costs the rows, which are counted, and no body', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'file'), '');
    const { recorder, warnings } = startRecorder({ folder: join(root, 'file', 'below') });
    expect(recorder.run(() => task('lost', () => phase('work', { type: 'compute' }, () => 5)))).toBe(5);
    await recorder.flush();
    expect(recorder.stats()).toMatchObject({ rowsWritten: 0, dropped: { disk: 2 } });
    expect(warnings.join()).toContain('ENOTDIR');
  });

  it('that takes one file and not another costs the rows of that one', async () => {
    const { recorder, folder } = startRecorder();
    let written = 0;
    await recorder.run(() =>
      task('half', async () => {
        await expect.poll(() => existsSync(join(folder, 'half', 'lock.1'))).toBe(true);
        rmSync(join(folder, 'half', 'logs', 'assets.jsonl'));
        mkdirSync(join(folder, 'half', 'logs', 'assets.jsonl'));
        asset({ guid: 'lost' });
        written = 1;
      }),
    );
    await recorder.flush();
    expect(written).toBe(1);
    expect(recorder.stats()).toMatchObject({ rowsWritten: 1, dropped: { disk: 1 } });
  });
});

describe('options', () => {
  it.each([{ folder: '' }, { folder: 'a\0b' }, { retryLaterMs: 0 }, { triesMax: 1.5 }, { server: 7 }])(
    '%j are refused',
    (options) => {
      expect(() => new ArtefactRecorder(options as never)).toThrow(ArtefactOptionsError);
    },
  );

  it('that no request could carry are refused, without the key', () => {
    expect(() => new ArtefactRecorder({ server: 'ftp://host' })).toThrow(ProcessorOptionsError);
    const withKey = (): unknown => new ArtefactRecorder({ server: 'http://host', apiKey: 'sec\nret' });
    expect(withKey).toThrow(/apiKey/);
    expect(withKey).not.toThrow(/sec/);
  });

  it('may switch recording off: bodies run, nothing is written or counted', async () => {
    const { recorder, folder } = startRecorder({ enabled: false });
    expect(recorder.run(() => task('off', () => phase('work', { type: 'compute' }, () => 5)))).toBe(5);
    await recorder.flush();
    expect(readdirSync(folder)).toEqual([]);
    expect(recorder.stats().dropped).toMatchObject({ outside_task: 0, invalid: 0 });
  });
});
