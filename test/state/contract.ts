import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPERATION_STATES, isTerminal, isValidTransition, legalTargets } from '../../src/operation/operation-state.js';
import type { OperationStore } from '../../src/state/operation-store.js';
import { describeReading } from './contract-reading.js';
import { describeKnownDefects } from './known-defects.js';
import { encoded, freshId, freshRequest, OWNER, reach, type StoreHarness } from './store-harness.js';

/** What every operation store does. `open` makes an empty one; `close` frees what it took. */
export function describeOperationStore(
  name: string,
  open: () => Promise<{ readonly harness: StoreHarness; close(): Promise<void> }>,
): void {
  describe(`operation store: ${name}`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    const harness = (): StoreHarness => opened.harness;
    const store = (): OperationStore => opened.harness.store;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    describeCreation(store, harness);
    describeTransitions(store, harness);
    describeFence(store);
    describeReading(store, harness);
    describeKnownDefects(harness);
  });
}

function describeCreation(store: () => OperationStore, harness: () => StoreHarness): void {
  test('a new operation is RECEIVED, in its first version, before any epoch, with the failsafe TTL', async () => {
    const operationId = freshId();
    const { operation, from, isRepeat } = await store().create({
      operationId,
      requestId: freshRequest(),
      traceId: 'ab'.repeat(16),
      owner: OWNER,
      metadata: { tenant: 'acme', täxt: '€ "x"\n' },
      progressTimeoutMs: 60_000,
    });

    expect({ from, isRepeat }).toEqual({ from: undefined, isRepeat: false });
    expect(operation).toEqual({
      operationId,
      traceId: 'ab'.repeat(16),
      state: 'RECEIVED',
      version: 1,
      epoch: 0,
      owner: OWNER,
      createdAt: operation.createdAt,
      updatedAt: operation.createdAt,
      deadline: operation.createdAt + 60_000,
      progressTimeoutMs: 60_000,
      metadata: { tenant: 'acme', täxt: '€ "x"\n' },
      refusedWrites: 0,
    });
    expect(await store().get(operationId)).toEqual(operation);
    const ttl = await harness().ttlMsOf(operationId);
    expect(ttl.checkpoint).toBeUndefined();
    expect(ttl.operation).toBeGreaterThan(harness().lifetimes.terminalTtlMs);
    expect(ttl.operation).toBeLessThanOrEqual(harness().lifetimes.failsafeTtlMs);
  });

  test('creating it again is answered as before to the same request, and refused to another', async () => {
    const request = { operationId: freshId(), requestId: freshRequest(), traceId: 'f'.repeat(32), owner: OWNER };
    const first = await store().create(request);
    await store().transition({ operationId: request.operationId, requestId: freshRequest(), to: 'QUEUED' });

    const again = await store().create(request);

    expect(again).toMatchObject({ isRepeat: true, from: undefined, operation: { state: 'RECEIVED', version: 1 } });
    expect(again.operation.createdAt).toBe(first.operation.createdAt);
    await expect(store().create({ ...request, requestId: freshRequest() })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      message: expect.stringContaining(request.operationId) as unknown,
    });
    expect((await store().get(request.operationId))?.state).toBe('QUEUED');
  });

  test.each([
    ['an id with a brace', { operationId: 'a{b' }, 'INVALID_OPERATION_ID'],
    ['an empty id', { operationId: '' }, 'INVALID_OPERATION_ID'],
    ['a request id with a space', { requestId: 'a b' }, 'INVALID_REQUEST_ID'],
    ['a field of ours', { metadata: { state: 'COMPLETED' } }, 'RESERVED_METADATA'],
    ['a field kept for later', { metadata: { everspan_x: '1' } }, 'RESERVED_METADATA'],
    ['a field without a name', { metadata: { '': '1' } }, 'INVALID_METADATA'],
    ['a field that is no text', { metadata: { n: 1 as unknown as string } }, 'INVALID_METADATA'],
    ['a field that is too long', { metadata: { long: 'x'.repeat(4_097) } }, 'INVALID_METADATA'],
    ['no time at all', { progressTimeoutMs: 0 }, 'INVALID_LIMIT'],
  ])('%s is refused before anything is written', async (_what, bad, code) => {
    const request = { operationId: freshId(), requestId: freshRequest(), traceId: 'f'.repeat(32), owner: OWNER, ...bad };

    await expect(store().create(request)).rejects.toMatchObject({ code });

    if (code !== 'INVALID_OPERATION_ID') expect(await store().get(request.operationId)).toBeUndefined();
  });
}

function describeTransitions(store: () => OperationStore, harness: () => StoreHarness): void {
  const pairs = OPERATION_STATES.flatMap((from) => OPERATION_STATES.map((to) => ({ from, to })));

  test.each(pairs)('$from to $to is as the table says', async ({ from, to }) => {
    const { operation: before } = await reach(store(), from);
    const { operationId, epoch, version } = before;
    const requestId = freshRequest();

    const write = store().transition({ operationId, requestId, to, epoch });

    if (isValidTransition(from, to)) {
      const { operation } = await write;
      expect(operation).toMatchObject({ state: to, version: version + 1 });
      expect(operation.epoch).toBe(epoch + (to === 'CLAIMED' || to === 'RECLAIMED' ? 1 : 0));
      expect(await store().get(operationId)).toEqual(operation);
      return;
    }
    const error = await write.then(
      () => undefined,
      (caught: Error & { code: string }) => caught,
    );
    expect(error?.code).toBe('ILLEGAL_TRANSITION');
    for (const word of [from, to, operationId, ...legalTargets(from)]) expect(error?.message).toContain(word);
    expect(await store().get(operationId)).toEqual({ ...before, refusedWrites: before.refusedWrites + 1 });
    expect((await store().history(operationId))?.refused.at(-1)).toMatchObject({
      code: 'ILLEGAL_TRANSITION',
      from,
      to,
      epoch,
      requestId,
    });
  });

  test('the same request is applied once, and answered the same', async () => {
    const { operation } = await reach(store(), 'QUEUED');
    const request = { operationId: operation.operationId, requestId: freshRequest(), to: 'CLAIMED' } as const;
    const first = await store().transition(request);

    const again = await harness().another.transition(request);

    expect(again).toEqual({ ...first, isRepeat: true });
    expect(await store().get(operation.operationId)).toEqual(first.operation);
  });

  test('a request id that named another step is refused', async () => {
    const { operation } = await reach(store(), 'RECEIVED');
    const request = { operationId: operation.operationId, requestId: freshRequest() };
    await store().transition({ ...request, to: 'QUEUED' });

    await expect(store().transition({ ...request, to: 'CLAIMED' })).rejects.toMatchObject({ code: 'INVALID_REQUEST_ID' });
  });

  test('metadata is merged, and more than 64 fields are refused', async () => {
    const { operation } = await reach(store(), 'RECEIVED');
    const { operationId } = operation;
    const many = Object.fromEntries(Array.from({ length: 63 }, (_, index) => [`field-${index}`, 'x']));
    await store().transition({ operationId, requestId: freshRequest(), to: 'PREPROCESSING', metadata: many });
    const last = { 'field-0': 'y', 'one more': 'z' };
    const { operation: merged } = await store().transition({
      operationId,
      requestId: freshRequest(),
      to: 'QUEUED',
      metadata: last,
    });

    expect(merged.metadata).toEqual({ ...many, ...last });
    await expect(
      store().transition({ operationId, requestId: freshRequest(), to: 'CLAIMED', metadata: { 'and one': 'z' } }),
    ).rejects.toMatchObject({ code: 'INVALID_METADATA' });
    await expect(
      store().transition({ operationId, requestId: freshRequest(), to: 'CLAIMED', metadata: { version: '9' } }),
    ).rejects.toMatchObject({ code: 'RESERVED_METADATA' });
    expect(await store().get(operationId)).toEqual(merged);
  });

  test('only the watchdog forces, only into ERRORED, only what is not at rest, and it is recorded', async () => {
    for (const state of OPERATION_STATES) {
      const { operation } = await reach(store(), state);
      const { operationId, version } = operation;
      const requestId = freshRequest();
      const forced = store().transition({
        operationId,
        requestId,
        to: 'ERRORED',
        forcedReason: 'its worker: gone\n',
        ifVersion: version,
      });

      if (isTerminal(state)) {
        await expect(forced).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' });
        continue;
      }
      expect((await forced).operation).toMatchObject({ state: 'ERRORED', version: version + 1 });
      expect((await store().history(operationId))?.transitions.at(-1)).toMatchObject({
        from: state,
        to: 'ERRORED',
        requestId,
        forcedReason: 'its worker: gone\n',
      });
    }
    const { operation } = await reach(store(), 'INFERRING');
    await expect(
      store().transition({ ...operation, requestId: freshRequest(), to: 'COMPLETED', owner: OWNER, forcedReason: 'no' }),
    ).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  test('a checkpoint is saved with its transition, or neither is', async () => {
    const { operation } = await reach(store(), 'PRE_INFERENCE_GATHER');
    const { operationId, epoch } = operation;
    const payload = Uint8Array.from({ length: 3_000 }, (_, index) => (index * 7) % 256);
    const checkpoint = encoded(payload, 'gathered');
    await expect(
      store().transition({ operationId, requestId: freshRequest(), to: 'DELIVERED', epoch, checkpoint }),
    ).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    expect(await store().checkpoint(operationId)).toBeUndefined();

    const { operation: written } = await store().transition({
      operationId,
      requestId: freshRequest(),
      to: 'INFERRING',
      epoch,
      checkpoint,
    });

    const stored = await store().checkpoint(operationId);
    expect(stored?.header).toEqual({ ...checkpoint.header, savedAt: written.updatedAt, state: 'INFERRING' });
    expect(Uint8Array.from(stored?.payload ?? [])).toEqual(payload);
    const ttl = await harness().ttlMsOf(operationId);
    expect(Math.abs((ttl.operation ?? 0) - (ttl.checkpoint ?? 0))).toBeLessThan(1_000);
  });

  test('a checkpoint over the limit, or with COMPLETED, is refused', async () => {
    const { operation } = await reach(store(), 'PRE_INFERENCE_GATHER');
    const { operationId, epoch } = operation;
    const tooLarge = encoded(new Uint8Array(1_048_577));
    await expect(
      store().transition({ operationId, requestId: freshRequest(), to: 'INFERRING', epoch, checkpoint: tooLarge }),
    ).rejects.toMatchObject({
      code: 'CHECKPOINT_TOO_LARGE',
      message: expect.stringContaining('1,048,577 bytes after compression, limit 1,048,576') as unknown,
    });
    const late = await reach(store(), 'DELIVERED');
    await expect(
      store().transition({
        operationId: late.operation.operationId,
        requestId: freshRequest(),
        to: 'COMPLETED',
        epoch: late.operation.epoch,
        checkpoint: encoded(new Uint8Array(4)),
      }),
    ).rejects.toMatchObject({ code: 'INVALID_CHECKPOINT' });
  });

  test('an operation that is not there is named, and not made', async () => {
    const operationId = freshId();

    await expect(store().transition({ operationId, requestId: freshRequest(), to: 'QUEUED' })).rejects.toMatchObject({
      code: 'NO_SUCH_OPERATION',
      operationId,
    });
    await expect(store().renew({ operationId })).rejects.toMatchObject({ code: 'NO_SUCH_OPERATION' });
    expect(await store().get(operationId)).toBeUndefined();
    expect(await store().history(operationId)).toBeUndefined();
  });
}

function describeFence(store: () => OperationStore): void {
  test('a write under an older epoch, under none, or under one that was never given is refused and recorded', async () => {
    const { operation: reclaimed } = await reach(store(), 'RECLAIMED');
    const { operationId } = reclaimed;
    const { operation } = await store().transition({ operationId, requestId: freshRequest(), to: 'CLAIMED', epoch: 2 });
    for (const epoch of [1, undefined, 4]) {
      await expect(
        store().transition({ operationId, requestId: freshRequest(), to: 'PRE_INFERENCE_GATHER', epoch }),
      ).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    }
    await expect(store().renew({ operationId, epoch: 1 })).rejects.toMatchObject({ code: 'STALE_EPOCH' });

    expect(await store().get(operationId)).toEqual({ ...operation, refusedWrites: 4 });
    expect(
      (await store().history(operationId))?.refused.map(({ code, epoch, currentEpoch }) => [code, epoch, currentEpoch]),
    ).toEqual([
      ['STALE_EPOCH', 1, 3],
      ['STALE_EPOCH', 0, 3],
      ['STALE_EPOCH', 4, 3],
      ['STALE_EPOCH', 1, 3],
    ]);
  });

  test('a refused request that comes again is counted once', async () => {
    const { operation } = await reach(store(), 'INFERRING');
    const request = { operationId: operation.operationId, requestId: freshRequest(), to: 'DELIVERED', epoch: 1 } as const;
    await expect(store().transition(request)).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    await expect(store().transition(request)).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' });

    expect((await store().get(operation.operationId))?.refusedWrites).toBe(1);
  });

  test('a claim repeated after a reclaim learns its own epoch, not the new one', async () => {
    const { operation } = await reach(store(), 'QUEUED');
    const { operationId } = operation;
    const claim = { operationId, requestId: freshRequest(), to: 'CLAIMED' } as const;
    await store().transition(claim);
    await store().transition({ operationId, requestId: freshRequest(), to: 'RECLAIMED' });

    const again = await store().transition(claim);

    expect(again).toMatchObject({ isRepeat: true, operation: { state: 'CLAIMED', epoch: 1 } });
    await expect(
      store().transition({ operationId, requestId: freshRequest(), to: 'PRE_INFERENCE_GATHER', epoch: 1 }),
    ).rejects.toMatchObject({ code: 'STALE_EPOCH' });
  });

  test('a write for a version that is gone is refused, and not counted', async () => {
    const { operation } = await reach(store(), 'INFERRING');
    const { operationId, version, epoch } = operation;
    await store().renew({ operationId, epoch });

    await expect(
      store().transition({ operationId, requestId: freshRequest(), to: 'ERRORED', forcedReason: 'overdue', ifVersion: version }),
    ).rejects.toMatchObject({ code: 'VERSION_CHANGED' });
    expect(await store().get(operationId)).toMatchObject({ state: 'INFERRING', refusedWrites: 0, version: version + 1 });
  });

  test('of 64 that race for one claim one wins, and every other is told why not', async () => {
    const { operation } = await reach(store(), 'QUEUED');
    const { operationId } = operation;
    const results = await Promise.allSettled(
      Array.from({ length: 64 }, (_, index) =>
        store().transition({
          operationId,
          requestId: freshRequest(),
          to: 'CLAIMED',
          owner: { identity: `consumer-${index}` },
        }),
      ),
    );

    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    const codes = results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as { code: string }).code] : []));
    expect(codes).toEqual(Array.from({ length: 63 }, () => 'ILLEGAL_TRANSITION'));
    expect(await store().get(operationId)).toMatchObject({ state: 'CLAIMED', epoch: 1, refusedWrites: 63 });
    expect((await store().get(operationId))?.owner).toEqual(won[0]?.value.operation.owner);
  });
}
