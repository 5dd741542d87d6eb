import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FOREIGN_LOCK_IDLE_MS, type FolderLock, liveRecorders, readLock, takeLock } from '../../src/artefacts/folder-lock.js';
import { asset, marker, phase, task } from '../../src/artefacts/index.js';
import { pickUpFolders } from '../../src/artefacts/pick-up.js';
import { ownProcessIdentity, processState } from '../../src/artefacts/process-identity.js';
import { defer } from '../helpers/deferred.js';
import { startNode } from '../processors/child-process.js';
import { startCollectorDouble } from './collector-double.js';
import { readRows, startRecorder, temporaryFolder } from './task-rows.js';

const CHILD = new URL('./task-main.mjs', import.meta.url).pathname;

/** A process that is in the middle of task `crashed` in `folder`, its first rows written. */
async function startTaskProcess(folder: string) {
  const child = startNode([CHILD, folder]);
  expect(await child.nextLine()).toBe('written');
  return child;
}

describe('what a killed process left', () => {
  it('is sent at the next start: the rows up to then, and no line that is not whole', async () => {
    const folder = temporaryFolder();
    const child = await startTaskProcess(folder);
    child.process.kill('SIGKILL');
    await child.exit();
    appendFileSync(join(folder, 'crashed', 'logs', 'spans.jsonl'), '{"name":"dump to sto');

    const collector = await startCollectorDouble();
    const { recorder } = startRecorder({ folder, server: collector.url });
    recorder.start();
    await collector.until(() => collector.files.has('crashed/lineage'));
    await recorder.flush();
    const spans = (collector.files.get('crashed/spans') ?? '').split('\n');
    expect(spans.pop()).toBe('');
    expect(spans.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(['before the kill']);
    expect(collector.files.get('crashed/assets')).toContain('"asset_guid":"before the kill"');
    // A task that did not succeed has no lineage.
    expect(collector.files.get('crashed/lineage')).toBe('');
    expect(collector.requests.filter(({ method }) => method === 'POST').map(({ url }) => url)).toEqual(
      ['spans', 'assets', 'lineage'].map((type) => `/traces/tasks/crashed/${type}?workflow_id=workflow%20of%20it`),
    );
    expect(recorder.stats()).toMatchObject({ pickedUp: 1, uploaded: 1 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is left alone while the process lives, and taken by exactly one of many afterwards', async () => {
    const folder = temporaryFolder();
    const child = await startTaskProcess(folder);
    const own = await ownProcessIdentity();
    const owners = Array.from({ length: 8 }, (_, index) => ({ ...own, recorderId: `recorder-${index}` }));
    const look = () => Promise.all(owners.map((owner) => pickUpFolders(folder, owner, Date.now())));
    expect((await look()).flat()).toEqual([]);
    child.process.kill('SIGKILL');
    await child.exit();
    for (const { recorderId } of owners) liveRecorders().add(recorderId);
    const taken = (await look()).flat();
    for (const { recorderId } of owners) liveRecorders().delete(recorderId);
    expect(taken).toMatchObject([{ taskId: 'crashed', workflowId: 'workflow of it', isPickedUp: true, generation: 2 }]);
    expect(readdirSync(join(folder, 'crashed')).sort()).toEqual(['lock.1', 'lock.2', 'logs']);
  });

  it('is not sent over a later run of the task that another worker has finished', async () => {
    const folder = temporaryFolder();
    const child = await startTaskProcess(folder);
    child.process.kill('SIGKILL');
    await child.exit();
    const collector = await startCollectorDouble();
    const elsewhere = startRecorder({ server: collector.url });
    elsewhere.recorder.run(() => task('crashed', { workflowId: 'workflow of it' }, () => asset({ guid: 'second try' })));
    await elsewhere.recorder.flush();

    const { recorder } = startRecorder({ folder, server: collector.url });
    recorder.start();
    await collector.until(() => collector.requests.some(({ method }) => method === 'GET'));
    await recorder.flush();
    expect(recorder.stats()).toMatchObject({ pickedUp: 1, superseded: 1, uploaded: 0 });
    expect(collector.files.get('crashed/assets')).toContain('second try');
    expect(readFileSync(join(folder, 'crashed', 'settled'), 'utf8')).toBe('superseded\n');
    // It stays for whoever wants to look, and is not looked at again.
    const third = startRecorder({ folder, server: collector.url });
    third.recorder.start();
    await third.recorder.flush();
    expect(third.recorder.stats().pickedUp).toBe(0);
  });

  it('is not looked for without a server', async () => {
    const folder = temporaryFolder();
    const child = await startTaskProcess(folder);
    child.process.kill('SIGKILL');
    await child.exit();
    const { recorder } = startRecorder({ folder });
    recorder.start();
    await recorder.flush();
    expect(readRows(folder, 'crashed').spans).toHaveLength(1);
    expect((await readLock(join(folder, 'crashed')))?.generation).toBe(1);
  });
});

describe('a recorder that is shut down', () => {
  it('leaves its folders to the next one of the process, and one that lives keeps them', async () => {
    const folder = temporaryFolder();
    const collector = await startCollectorDouble();
    const first = startRecorder({ folder });
    const going = defer();
    const running = first.recorder.run(() =>
      task('held', { workflowId: 'w' }, async () => {
        marker('begun');
        await going.promise;
      }),
    );
    await expect.poll(() => existsSync(join(folder, 'held')) && readRows(folder, 'held').spans.length).toBe(1);
    const second = startRecorder({ folder, server: collector.url });
    second.recorder.start();
    await second.recorder.flush();
    expect(second.recorder.stats().pickedUp).toBe(0);
    going.resolve();
    await running;
    await first.recorder.shutdown();

    const third = startRecorder({ folder, server: collector.url });
    third.recorder.start();
    await collector.until(() => collector.files.has('held/lineage'));
    await third.recorder.flush();
    expect(collector.files.get('held/spans')?.trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('a lock', () => {
  it('tells a process from another that has its pid now', async () => {
    const own = await ownProcessIdentity();
    expect(await processState(own, own)).toBe('running');
    expect(await processState({ ...own, startedAt: '1' }, own)).toBe('gone');
    const child = startNode(['-e', 'process.stdin.resume()']);
    const pid = child.process.pid as number;
    // The pid lives, and is another's.
    expect(await processState({ ...own, pid, startedAt: own.startedAt }, own)).toBe('gone');
    child.process.kill('SIGKILL');
    await child.exit();
    expect(await processState({ ...own, pid }, own)).toBe('gone');
  });

  it('of another machine or container counts as left behind only when it was not renewed for long', async () => {
    const own = await ownProcessIdentity();
    const boot = own.place.split(' ')[0] as string;
    expect(await processState({ ...own, place: 'another boot', host: 'another host' }, own)).toBe('unknown');
    expect(await processState({ ...own, place: `${boot} pid:[1]`, host: 'another container' }, own)).toBe('unknown');
    // Booted since.
    expect(await processState({ ...own, place: 'another-boot pid:[1]' }, own)).toBe('gone');

    const root = temporaryFolder();
    const { recorder } = startRecorder({ folder: root });
    recorder.run(() => task('foreign', () => 1));
    await recorder.flush();
    const lock = (await readLock(join(root, 'foreign'))) as FolderLock;
    await takeLock(join(root, 'foreign'), 2, {
      ...lock,
      owner: { ...lock.owner, place: 'another boot', host: 'another host', recorderId: 'other' },
    });
    const owner = { ...own, recorderId: 'looking' };
    expect(await pickUpFolders(root, owner, Date.now())).toEqual([]);
    expect(await pickUpFolders(root, owner, Date.now() + FOREIGN_LOCK_IDLE_MS + 60_000)).toMatchObject([{ generation: 3 }]);
  });

  it('that cannot be read, and a folder without one, are nobody’s', async () => {
    const root = temporaryFolder();
    const { recorder } = startRecorder({ folder: root });
    recorder.run(() => phaseOnly());
    await recorder.flush();
    const folder = join(root, 'plain');
    for (const text of ['', '{', 'null', '{"taskId":7}', '{"taskId":"x","startedAtMicros":1,"owner":{"pid":1}}']) {
      writeFileSync(join(folder, 'lock.1'), text);
      expect(await readLock(folder)).toBeUndefined();
      const owner = { ...(await ownProcessIdentity()), recorderId: 'looking' };
      expect(await pickUpFolders(root, owner, Date.now() + 2 * FOREIGN_LOCK_IDLE_MS)).toEqual([]);
    }
  });
});

function phaseOnly(): number {
  return task('plain', () => phase('work', { type: 'compute' }, () => 1));
}
