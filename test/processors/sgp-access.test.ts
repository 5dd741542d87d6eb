import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import { SgpProcessor, type SgpProcessorOptions } from '../../src/processors/sgp-processor.js';
import { type SgpServer, startSgpServer } from '../helpers/sgp-server.mjs';
import { closedSpan, openSpan, patientContext } from './sample-span.js';
import { rejectionOf } from './sgp-test-processor.js';

const KEY = 'sk-secret-never-shown';
let server: SgpServer;
beforeEach(async () => {
  server = await startSgpServer({ apiKey: KEY, accountId: 'acct' });
});
afterEach(() => server.close());

function recordingLogger(): { lines: string[]; warn(message: string): void } {
  const lines: string[] = [];
  return { lines, warn: (message) => void lines.push(message) };
}

describe('without a key or an account SGP is off:', () => {
  it.each([
    ['nothing', {}, {}, 'no API key (option apiKey, or SGP_API_KEY) and no account (option accountId, or SGP_ACCOUNT_ID)'],
    ['an undefined key', { apiKey: undefined, accountId: 'acct' }, {}, 'no API key (option apiKey, or SGP_API_KEY)'],
    ['an empty key', { apiKey: '', accountId: 'acct' }, { SGP_API_KEY: ' ' }, 'no API key (option apiKey, or SGP_API_KEY)'],
    ['no account', { apiKey: KEY }, {}, 'no account (option accountId, or SGP_ACCOUNT_ID)'],
  ])('of %s it says so once, sends no request, and the spans are counted', async (_what, access, env, missing) => {
    const logger = recordingLogger();
    const options = { ...access, env, logger, baseUrl: server.url } as SgpProcessorOptions;
    const processors = [new SgpProcessor(options), new SgpProcessor({ ...options })];
    expect(logger.lines).toEqual([
      `everspan: processor sgp sends nothing to SGP, because there is ${missing}; its spans are dropped, and counted as rejected`,
    ]);
    const pipeline = new SpanPipeline({ processors: processors.slice(0, 1), logger });
    const outcome = await pipeline.deliver('end', [closedSpan(), closedSpan({ spanId: '00000000000000aa' })], {
      deadlineMs: 5_000,
    });
    expect(outcome.delivered).toBe(true);
    expect(pipeline.stats().processors[0]).toMatchObject({ delivered: 0, dropped: { rejected: 2 } });
    expect(server.requests).toEqual([]);
    expect(logger.lines.join('\n')).toContain(`SGP is off: there is ${missing}`);
    expect(logger.lines.join('\n')).not.toContain('sk-');
  });
});

it('what the options leave out is looked up in the environment', async () => {
  const env = { SGP_API_KEY: `${KEY}\n`, SGP_ACCOUNT_ID: 'acct', SGP_CLIENT_BASE_URL: server.url };
  const logger = recordingLogger();
  await new SgpProcessor({ env, logger }).end([closedSpan()], patientContext());
  expect(server.rows()).toHaveLength(1);
  expect(logger.lines).toEqual([]);
});

it.each(['', '/', '/v5', '/v5/'])('a base address that ends with "%s" leads to the same calls', async (ending) => {
  const processor = new SgpProcessor({ apiKey: KEY, accountId: 'acct', baseUrl: `${server.url}${ending}` });
  await processor.start([openSpan()], patientContext());
  await processor.end([closedSpan()], patientContext());
  expect(server.requests.map(({ path }) => path)).toEqual(['/v5/spans/batch', '/v5/spans/batch']);
});

it.each([
  ['the option', { baseUrl: '/no' }, {}, 'check baseUrl'],
  ['the variable', {}, { SGP_CLIENT_BASE_URL: '/no' }, 'check SGP_CLIENT_BASE_URL'],
])('an address that is not SGP is named whole, with %s that said it', async (_which, options, env, advice) => {
  const absolute = (said: object) =>
    Object.fromEntries(Object.entries(said).map(([name, path]) => [name, `${server.url}${path}`]));
  const processor = new SgpProcessor({ apiKey: KEY, accountId: 'acct', ...absolute(options), env: absolute(env) });
  expect(await rejectionOf(processor.end([closedSpan()], patientContext()))).toMatchObject({
    code: 'UNAVAILABLE',
    message: `SGP answered 404 to ${server.url}/no/v5/spans/batch: ${advice}`,
  });
});

it('a key that is no text is refused without showing it', () => {
  expect(() => new SgpProcessor({ apiKey: 12_345 as unknown as string })).toThrow(
    'SgpProcessor option apiKey must be text, got a number',
  );
  expect(() => new SgpProcessor({ apikey: KEY } as never)).toThrow('SgpProcessor has no option apikey: did you mean apiKey?');
  expect(() => new SgpProcessor(KEY as never)).toThrow(/^SgpProcessor: the options must be an object \(of .*\), got text$/);
});

it('a call that the deadline ends says what the last answer was', async () => {
  const logger = recordingLogger();
  const processor = new SgpProcessor({ apiKey: KEY, accountId: 'acct', baseUrl: server.url });
  const pipeline = new SpanPipeline({ processors: [processor], logger });
  for (let tries = 0; tries < 3; tries += 1) server.failNext({ status: 503 });
  const { failures } = await pipeline.deliver('end', [closedSpan()], { deadlineMs: 200 });
  const message = 'sgp: SGP: PUT /v5/spans/batch: answered 503, and no better answer within 200 ms';
  expect(failures).toMatchObject([{ code: 'DEADLINE', message }]);
  expect(logger.lines[0]).toContain(`everspan: processor ${message} (deadline; 1 failed calls`);
});
