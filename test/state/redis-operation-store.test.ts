import { Redis } from 'ioredis';
import { describeWith } from '../helpers/servers.js';
import { startRedis } from '../helpers/redis-server.js';
import { describeOperationStore } from './contract.js';
import { redisHarness } from './redis-harness.js';

describeWith('redisServer')('Redis, standalone', () => {
  describeOperationStore('redis', async () => {
    const server = await startRedis();
    const clients = [new Redis(server.port, '127.0.0.1'), new Redis(server.port, '127.0.0.1')] as const;
    return {
      harness: redisHarness(...clients),
      close: async () => {
        for (const client of clients) client.disconnect();
        await server.stop();
      },
    };
  });
});
