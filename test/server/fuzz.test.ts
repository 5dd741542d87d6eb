import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CollectorError } from '../../src/server/errors.js';
import { createCollector } from '../../src/server/collector.js';
import { COLLECTOR_LIMITS } from '../../src/server/limits.js';
import type { OtlpReader } from '../../src/server/otlp-fields.js';
import { otlpToSpan } from '../../src/server/otlp-to-span.js';
import { ProtobufError } from '../../src/server/protobuf-reader.js';
import { readOtlpJson } from '../../src/server/read-otlp-json.js';
import { readOtlpProtobuf } from '../../src/server/read-otlp-protobuf.js';
import { readBatch } from '../../src/server/sgp-batch.js';
import { spanToSgp } from '../../src/server/span-to-sgp.js';
import { InvalidSpanError } from '../../src/span/errors.js';
import { validateSpan } from '../../src/span/validate-span.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { toOtlp } from '../../src/export/otlp-json.js';
import { closedSpan } from '../processors/sample-span.js';
import { requestMessage, spanMessage } from './otlp/encode-otlp.js';
import { SILENT } from './running-collector.js';

let inputs = 0;
afterAll(() => expect(inputs).toBeGreaterThanOrEqual(50_000));

/** Runs `check` on so many inputs, and counts them. */
function fuzz<T>(arbitrary: fc.Arbitrary<T>, numRuns: number, check: (input: T) => void): void {
  fc.assert(
    fc.property(arbitrary, (input) => {
      inputs += 1;
      check(input);
    }),
    { numRuns },
  );
}

/** Takes every span that is read as the collector does. */
const READER: OtlpReader = {
  span: (fields, origin) => {
    try {
      const span = validateSpan(otlpToSpan(fields, origin));
      JSON.stringify(spanToSgp(span, 'acct'));
    } catch (error) {
      if (!(error instanceof InvalidSpanError)) throw error;
    }
  },
  refused: (reason) => expect(reason).not.toBe(''),
};

function readsOrRefuses(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ProtobufError) && !(error instanceof CollectorError)) throw error;
  }
}

/** A request in protobuf whose every field is there: what mutations start from. */
const VALID = requestMessage(spanMessage());

describe('readers take or refuse whatever they are handed', () => {
  test('protobuf: any bytes', () => {
    fuzz(fc.uint8Array({ maxLength: 200 }), 28_000, (bytes) => readsOrRefuses(() => readOtlpProtobuf(bytes, 1_000, READER)));
  });

  test('protobuf: a request with bytes changed, left out and put in', () => {
    const edits = fc.array(
      fc.record({ at: fc.nat(VALID.length), byte: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'insert') }),
      { maxLength: 6 },
    );
    fuzz(edits, 14_000, (list) => {
      const bytes = [...VALID];
      for (const { at, byte, kind } of list) {
        if (kind === 'set') bytes[at] = byte;
        else bytes.splice(at, kind === 'cut' ? 1 : 0, ...(kind === 'insert' ? [byte] : []));
      }
      readsOrRefuses(() => readOtlpProtobuf(Uint8Array.from(bytes), 1_000, READER));
    });
  });

  const junk = fc.oneof(
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', 'a'.repeat(32), 'b'.repeat(16), '1778500800123456789', -1, 1e300, 2 ** 53, '9'.repeat(20), {
        key: 'a',
      }),
    },
  );
  const loose = (fields: readonly string[], inner: fc.Arbitrary<unknown> = junk): fc.Arbitrary<unknown> =>
    fc.oneof(
      { weight: 8, arbitrary: fc.record(Object.fromEntries(fields.map((field) => [field, inner])), { requiredKeys: [] }) },
      { weight: 1, arbitrary: junk },
    );
  const any = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      loose(['stringValue', 'boolValue', 'intValue', 'doubleValue', 'bytesValue']),
      fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
      fc.record({
        kvlistValue: fc.record({ values: fc.array(fc.record({ key: fc.string(), value: tie('value') }), { maxLength: 3 }) }),
      }),
    ),
  })).value;
  const attributes = fc.oneof(
    { weight: 6, arbitrary: fc.array(fc.record({ key: fc.string(), value: any }), { maxLength: 3 }) },
    { weight: 1, arbitrary: junk },
  );
  const span = fc
    .tuple(
      loose([
        'name',
        'kind',
        'startTimeUnixNano',
        'endTimeUnixNano',
        'status',
        'events',
        'links',
        'traceState',
        'traceId',
        'parentSpanId',
      ]),
      attributes,
      fc.boolean(),
    )
    .map(([fields, own, isNamed]) => ({
      ...(isNamed ? { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'x' } : {}),
      ...(fields as object),
      attributes: own,
    }));
  const request = fc.record({
    resourceSpans: fc.array(
      fc.record({
        resource: fc.record({ attributes }),
        scopeSpans: fc.array(
          fc.record({ scope: loose(['name', 'version', 'attributes']), spans: fc.array(span, { maxLength: 3 }) }),
          { maxLength: 2 },
        ),
      }),
      { maxLength: 2 },
    ),
  });

  test('OTLP in JSON', () => {
    fuzz(fc.oneof({ weight: 9, arbitrary: request as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: junk }), 3_500, (body) => {
      readsOrRefuses(() => readOtlpJson(body, 10, 1_000, READER));
    });
  });

  const row = fc
    .tuple(
      loose([
        'name',
        'id',
        'trace_id',
        'parent_id',
        'start_timestamp',
        'end_timestamp',
        'status',
        'type',
        'metadata',
        'input',
        'other',
      ]),
      fc.boolean(),
    )
    .map(([fields, isGood]) =>
      isGood && typeof fields === 'object' && fields !== null
        ? {
            ...fields,
            name: 'x',
            id: 'i',
            trace_id: 't',
            start_timestamp: '2026-05-11T12:00:00Z',
            status: 'SUCCESS',
            type: 'STANDALONE',
          }
        : fields,
    );

  test('batches of SGP', () => {
    fuzz(
      fc.oneof(
        { weight: 9, arbitrary: fc.record({ items: fc.array(row, { maxLength: 4 }) }) as fc.Arbitrary<unknown> },
        { weight: 1, arbitrary: junk },
      ),
      3_000,
      (body) => {
        readsOrRefuses(() => {
          const { spans, refused } = readBatch(body, 10, COLLECTOR_LIMITS);
          expect(spans.length + refused.length).toBe((body as { items: unknown[] }).items.length);
          for (const read of spans) JSON.stringify(spanToSgp(validateSpan(read), 'acct'));
        });
      },
    );
  });
});

describe('endpoints answer whatever they are asked', () => {
  const { app } = createCollector({ store: new MemoryStore(), logger: SILENT });
  beforeAll(async () => {
    const body = JSON.stringify(toOtlp([closedSpan()]));
    await app.request('http://localhost/v1/traces', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  });

  const part = fc.oneof(
    fc.string({ maxLength: 20 }).map(encodeURIComponent),
    fc.constantFrom('%', '..', '%2e%2e%2f', '%00', 'spans', 'a'.repeat(32), 'analyze', 'batch', 'search', "' or 1=1"),
  );
  const path = fc
    .tuple(
      fc.constantFrom(
        'v5/spans',
        'v5/spans/search',
        'v5/spans/batch',
        'v1/traces',
        'traces/tasks',
        'traces/workflows',
        'api/v1/traces',
        'api/v1/workflows',
      ),
      fc.array(part, { maxLength: 2 }),
    )
    .map(([start, parts]) => [start, ...parts].join('/'));
  const query = fc.array(
    fc.tuple(
      fc.constantFrom('limit', 'cursor', 'format', 'workflow_id', 'startedFrom', 'from_ts', 'starting_after', 'detail', 'x'),
      part,
    ),
    { maxLength: 3 },
  );
  const call = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
    path,
    query,
    type: fc.constantFrom('application/json', 'application/x-protobuf', 'text/plain'),
    encoding: fc.constantFrom('identity', 'identity', 'identity', 'gzip', 'deflate', 'x'),
    body: fc.oneof(fc.string(), fc.json({ maxDepth: 3 }), fc.constantFrom('{"items":[{}]}', '{"names":["a"]}', '{"a":1}\n{"b":')),
  });

  test('with a status, and JSON that names what was wrong; never with 500', async () => {
    await fc.assert(
      fc.asyncProperty(call, async ({ method, path: asked, query: pairs, type, encoding, body }) => {
        inputs += 1;
        const url = `http://localhost/${asked}?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`;
        const init = {
          method,
          headers: { 'content-type': type, 'content-encoding': encoding },
          ...(method === 'GET' ? {} : { body }),
        };
        const response = await app.request(url, init);
        const text = await response.text();
        expect([response.status < 500, url]).toEqual([true, url]);
        if (response.status >= 400) {
          expect(JSON.parse(text).error).toEqual({ code: expect.any(String) as string, message: expect.any(String) as string });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
