import { expect, it } from 'vitest';
import { createSgpProcessorFromEnv } from '../../src/processors/sgp-from-env.js';
import { startSgpServer } from '../helpers/sgp-server.mjs';
import { closedSpan, patientContext } from './sample-span.js';

interface Told {
  level: 'info' | 'warn';
  message: string;
}

function recordingLogger(): { told: Told[]; info(message: string): void; warn(message: string): void } {
  const told: Told[] = [];
  return {
    told,
    info: (message) => told.push({ level: 'info', message }),
    warn: (message) => told.push({ level: 'warn', message }),
  };
}

it.each([
  [{}, 'info', 'because SGP_API_KEY and SGP_ACCOUNT_ID are not set'],
  [{ SGP_API_KEY: 'sk-1' }, 'warn', 'because SGP_ACCOUNT_ID is not set'],
  [{ SGP_API_KEY: 'sk-1', SGP_ACCOUNT_ID: ' ' }, 'warn', 'because SGP_ACCOUNT_ID is not set'],
  [{ SGP_API_KEY: '', SGP_ACCOUNT_ID: 'acct' }, 'warn', 'because SGP_API_KEY is not set'],
] as const)('with %j SGP is off, and the logger is told once', (env, level, message) => {
  const logger = recordingLogger();
  expect(createSgpProcessorFromEnv(env, { logger })).toBeUndefined();
  expect(createSgpProcessorFromEnv(env, { logger })).toBeUndefined();
  expect(logger.told).toEqual([{ level, message: `everspan: no spans go to SGP, ${message}` }]);
});

it('with key, account and address set, spans go there; blanks around them do not matter', async () => {
  const server = await startSgpServer({ apiKey: 'sk-1', accountId: 'acct' });
  const env = { SGP_API_KEY: 'sk-1\n', SGP_ACCOUNT_ID: ' acct', SGP_CLIENT_BASE_URL: `${server.url}/` };
  const logger = recordingLogger();
  const processor = createSgpProcessorFromEnv(env, { logger, source: 'agentex' });
  await processor?.end([closedSpan()], patientContext());
  expect(server.rows()).toMatchObject([{ metadata: { __source__: 'agentex' } }]);
  expect(logger.told).toEqual([]);
  await server.close();
});

it('with a key that no header can hold it says so instead of going without', () => {
  const env = { SGP_API_KEY: 'sk-1 sk-2', SGP_ACCOUNT_ID: 'acct' };
  expect(() => createSgpProcessorFromEnv(env, { logger: recordingLogger() })).toThrow('SGP: apiKey has characters');
});
