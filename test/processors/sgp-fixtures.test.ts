import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SgpProcessor } from '../../src/processors/sgp-processor.js';
import { spanUuid } from '../../src/span/ids.js';
import { type SgpLoggedRequest, type SgpServer, startSgpServer } from '../helpers/sgp-server.mjs';
import { closedSpan, openSpan, patientContext, START_MICROS, spanIdOf, spansOf, TRACE_ID } from './sample-span.js';

interface Recording {
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body_raw: string;
  }[];
}

const AGENT = {
  source: 'agentex',
  acpType: 'agentic',
  agentName: 'test-agent',
  agentId: 'agent-0001',
  agentVersion: '1.2.3',
};
const INPUT = { q: 'héllo ☃ \u0001', n: 1.5, nested: { a: [1, null, true] } };
const OUTPUT = { a: 'b' };

let server: SgpServer;
let processor: SgpProcessor;

beforeEach(async () => {
  server = await startSgpServer({ kind: 'newer' });
  // As the Python client does it, which recorded the fixtures: START is an upsert too.
  processor = new SgpProcessor({
    apiKey: 'test-key-not-real',
    accountId: 'acct-test',
    baseUrl: server.url,
    startWrite: 'upsert',
    ...AGENT,
  });
});
afterEach(() => server.close());

describe('requests recorded from the Python client come out the same', () => {
  it('a START and an END of one span: the two items of the recorded request', async () => {
    const [recorded] = readRecording('sync_start_end');
    await processor.start([openSpan({ input: INPUT })], patientContext());
    await processor.end([closedSpan({ input: INPUT, output: OUTPUT })], patientContext());
    const ids = { [spanIdOf(1)]: '11111111-1111-4111-8111-111111111111' };
    expect(server.requests.flatMap((request) => itemTexts(bodyWithIds(request, ids)))).toEqual(itemTexts(recorded?.body_raw));
  });

  it('an END on a process that never saw START, of a child with a span type', async () => {
    const recording = readRecording('async_end_only_child');
    const child = closedSpan({
      type: 'COMPLETION',
      endTime: START_MICROS + 2_000_000,
      parentId: spanIdOf(9),
      attributes: { __span_type__: 'COMPLETION', k: 1 },
      input: INPUT,
      output: OUTPUT,
    });
    await processor.end([child], patientContext());
    const ids = { [spanIdOf(1)]: '11111111-1111-4111-8111-111111111111', [spanIdOf(9)]: '99999999-9999-4999-8999-999999999999' };
    expectSame(server.requests, recording, ids);
  });

  it('a batch of 3 starts and one of 3 ends', async () => {
    const recording = readRecording('async_batch3');
    const starts = spansOf(3, (changes) => openSpan({ ...changes, input: INPUT }));
    const ends = spansOf(3, (changes) => closedSpan({ ...changes, input: INPUT })).map((span, index) => {
      return { ...span, endTime: START_MICROS + (index + 1) * 1_000_000, output: { i: index } };
    });
    await processor.start(starts, patientContext());
    await processor.end(ends, patientContext());
    const ids = Object.fromEntries(
      [0, 1, 2].map((index) => [spanIdOf(index + 1), `${index}1111111-1111-4111-8111-111111111111`]),
    );
    expectSame(server.requests, recording, ids);
  });
});

function expectSame(sent: readonly SgpLoggedRequest[], recording: Recording['requests'], ids: Record<string, string>): void {
  expect(sent.map((request) => `${request.method} ${request.path}`)).toEqual(
    recording.map((request) => `${request.method} ${request.path}`),
  );
  for (const [index, request] of sent.entries()) {
    expect(bodyWithIds(request, ids)).toBe(recording[index]?.body_raw);
    expect(request.headers).toMatchObject(recording[index]?.headers ?? {});
  }
}

// The recorded span ids are version 4; ours are hashed, so they can only differ. All else must be equal to the byte.
function bodyWithIds(request: SgpLoggedRequest, ids: Record<string, string>): string {
  return Object.entries(ids).reduce(
    (body, [spanId, recorded]) => body.replaceAll(spanUuid(TRACE_ID, spanId), recorded),
    request.body,
  );
}

function itemTexts(body: string | undefined): string[] {
  return (JSON.parse(body ?? '{}').items as unknown[]).map((item) => JSON.stringify(item));
}

function readRecording(name: string): Recording['requests'] {
  return (JSON.parse(readFileSync(new URL(`../fixtures/sgp/${name}.json`, import.meta.url), 'utf8')) as Recording).requests;
}
