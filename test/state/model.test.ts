import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { OPERATION_STATES } from '../../src/operation/operation-state.js';
import { MemoryOperationStore } from '../../src/state/memory-operation-store.js';
import { RedisOperationStore } from '../../src/state/redis-operation-store.js';
import { startRedis } from '../helpers/redis-server.js';
import { describeWith } from '../helpers/servers.js';
import { commands } from './model-commands.js';
import { runCommands, type Tally } from './model-run.js';
import { asClient } from './redis-harness.js';

const RUNS = 10_000;
/** A deadline against a hang. */
const LIMIT_MS = 300_000;
/** Runs that are on their way at the same time, each on operations of its own. */
const TOGETHER = 50;

test(
  `the in-memory store does what the model says in ${RUNS} runs`,
  async () => {
    const tally: Tally = new Map();
    await fc.assert(
      fc.asyncProperty(commands, async (run) => {
        const clock = { nowMs: 1_700_000_000_000 };
        const store = new MemoryOperationStore({ now: () => clock.nowMs });
        // The clock goes on and comes back: only the operation that is asked for in between is gone.
        const expire = async (operationId: string): Promise<void> => {
          const { nowMs } = clock;
          clock.nowMs = store.expiresAt(operationId) ?? nowMs;
          await store.get(operationId);
          clock.nowMs = nowMs;
        };
        await runCommands(run, { clients: [store], expire }, tally);
      }),
      { numRuns: RUNS },
    );
    expectEverything(tally);
  },
  LIMIT_MS,
);

describeWith('redisServer')('on Redis', () => {
  test(
    `the store does what the model says in ${RUNS} runs by three clients`,
    async () => {
      const server = await startRedis();
      const clients = [0, 1, 2].map(() => new Redis(server.port, '127.0.0.1'));
      const stores = clients.map((client) => new RedisOperationStore({ client: asClient(client) }));
      const expire = async (operationId: string): Promise<void> => {
        await clients[0]?.del(`sg:trace:{${operationId}}`, `sg:checkpoint:{${operationId}}`);
      };
      const tally: Tally = new Map();
      let runCount = 0;
      const together = fc.array(commands, { minLength: 1, maxLength: TOGETHER, size: 'max' });
      await fc.assert(
        fc.asyncProperty(together, async (runs) => {
          runCount += runs.length;
          await Promise.all(runs.map((run) => runCommands(run, { clients: stores, expire }, tally)));
        }),
        // An array is on the average not quite half as long as it may be; some more make up for what is by chance shorter.
        { numRuns: (2.6 * RUNS) / TOGETHER },
      );
      expect(runCount).toBeGreaterThanOrEqual(RUNS);
      expectEverything(tally);
      for (const client of clients) client.disconnect();
      await server.stop();
    },
    LIMIT_MS,
  );
});

/** A run that never met a refusal, a repeat or a state would say nothing of it. */
function expectEverything(tally: Tally): void {
  const met = Object.fromEntries([...tally].filter(([, count]) => count >= 10));
  for (const state of OPERATION_STATES) expect(met).toHaveProperty([`in ${state}`]);
  for (const code of ['repeat', 'NO_SUCH_OPERATION', 'ALREADY_EXISTS', 'ILLEGAL_TRANSITION', 'STALE_EPOCH', 'VERSION_CHANGED']) {
    expect(met).toHaveProperty([code]);
  }
}
