import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { encodeCheckpoint } from '../../../src/state/checkpoint-codec.js';
import { RedisOperationStore } from '../../../src/state/redis-operation-store.js';
import { everspan, startEverspan } from '../../cli/run-everspan.js';
import { startRedis } from '../../helpers/redis-server.js';
import { describeWith } from '../../helpers/servers.js';
import { temporalAddress } from '../../helpers/temporal.js';

const TRACE_ID = '01981f2a3b4c7d5e8f60718293a4b5c6';

describeWith('temporalServer', 'redisServer')('the command line', () => {
  test('shows operations, and what an operation went through', async () => {
    const { env, store } = await operationsInRedis();
    await create(store, 'fresh');
    await create(store, 'late', 1);
    await store.transition({ operationId: 'fresh', requestId: '2', to: 'QUEUED' });
    await store.transition({ operationId: 'fresh', requestId: '3', to: 'CLAIMED', owner: { identity: 'worker 7' } });
    const checkpoint = await encodeCheckpoint({ words: Array(500).fill('tide') }, { operationId: 'fresh', step: 'gather' });
    await store.transition({ operationId: 'fresh', requestId: '4', to: 'PRE_INFERENCE_GATHER', epoch: 1, checkpoint });
    await expect(store.transition({ operationId: 'fresh', requestId: '5', to: 'INFERRING', epoch: 0 })).rejects.toMatchObject({
      code: 'STALE_EPOCH',
    });

    const listed = await everspan(['operation', 'list', '--format', 'json'], { env });
    expect(listed.stderr).toBe('');
    expect(idsOf(listed.stdout)).toEqual(['fresh', 'late']);
    expect(idsOf((await everspan(['operation', 'list', '--overdue', '-f', 'json'], { env })).stdout)).toEqual(['late']);
    expect(idsOf((await everspan(['operation', 'list', '--state', 'RECEIVED', '-f', 'json'], { env })).stdout)).toEqual(['late']);
    const table = await everspan(['operation', 'list'], { env });
    expect(table.stdout).toMatch(/operation +state +age/);
    expect(table.stdout).toMatch(/fresh +PRE_INFERENCE_GATHER/);

    const shown = await everspan(['operation', 'show', 'fresh'], { env });
    expect(shown.stdout).toMatch(/state +PRE_INFERENCE_GATHER, version \d+, epoch 1/);
    expect(shown.stdout).toMatch(/checkpoint +[\d,]+ bytes, stored as [\d,]+ \(.* %, \w+\); at step gather/);
    expect(shown.stdout).toMatch(/QUEUED +CLAIMED/);
    expect(shown.stdout).toMatch(/1 refused writes/);
    expect(shown.stdout).toMatch(/STALE_EPOCH +PRE_INFERENCE_GATHER +INFERRING +0 of 1/);

    const missing = await everspan(['operation', 'show', 'nowhere'], { env });
    expect([missing.code, missing.stderr]).toEqual([
      3,
      'everspan: no operation nowhere: never created, or past its time to live\n',
    ]);
  });

  test('sweeps once, and again until it is stopped', async () => {
    const { env, store } = await operationsInRedis();
    const folder = await mkdtemp(join(tmpdir(), 'everspan-sweep-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await create(store, 'orphan', 1);
    const { code, stdout, stderr } = await everspan(['watchdog', 'run', '--format', 'json'], { env, cwd: folder });
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { operationsOrphaned: 1, hasOperations: true }]);
    expect(stderr).toContain('trace_orphaned {"operationId":"orphan"');
    expect((await store.get('orphan'))?.state).toBe('ERRORED');

    const looping = startEverspan(['watchdog', 'run', '--every', '1s'], { env, cwd: folder });
    await looping.waitFor(/operations orphaned.*\n.*operations orphaned/);
    looping.process.kill('SIGINT');
    expect((await looping.ended).code).toBe(130);
  });

  test('says where a server or a store is not there', async () => {
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const unreachable = await everspan(['watchdog', 'ensure'], { env });
    expect(unreachable.code).toBe(4);
    expect(unreachable.stderr).toMatch(/^everspan: no Temporal server at 127\.0\.0\.1:1: .*\n$/);
    const noNamespace = await everspan(['watchdog', 'run', '--namespace', 'nowhere'], {
      env: { TEMPORAL_ADDRESS: temporalAddress() },
    });
    expect(noNamespace.code).toBe(4);
    expect(noNamespace.stderr).toContain('everspan: namespace nowhere does not answer, so nothing is closed');
    const noStore = await everspan(['operation', 'list'], { env: { REDIS_URL: '' } });
    expect([noStore.code, noStore.stderr]).toEqual([2, 'everspan: where are the operations? Give --redis URL (or REDIS_URL)\n']);
  });
});

async function operationsInRedis() {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const store = new RedisOperationStore({ url: redis.url });
  onTestFinished(() => store.close());
  return { env: { REDIS_URL: redis.url, TEMPORAL_ADDRESS: temporalAddress() }, store };
}

async function create(store: RedisOperationStore, operationId: string, progressTimeoutMs = 1_800_000): Promise<void> {
  await store.create({ operationId, requestId: '1', traceId: TRACE_ID, owner: { identity: 'consumer' }, progressTimeoutMs });
}

function idsOf(json: string): string[] {
  const { operations } = JSON.parse(json) as { operations: { operationId: string }[] };
  return operations.map(({ operationId }) => operationId).sort();
}
