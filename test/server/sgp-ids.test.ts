import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownSpanId, sgpSpanId, spanIdOfSgp, spanIdsOfSgp, traceIdOfSgp } from '../../src/server/sgp-ids.js';
import { isSpanId, isTraceId, spanIdFromUuid, spanUuid } from '../../src/span/ids.js';
import { spanIds, traceIds } from '../span/arbitraries.js';

test("an id of everspan's own is found again within its trace, and by itself", () => {
  fc.assert(
    fc.property(traceIds, spanIds, traceIds, (traceId, spanId, otherTraceId) => {
      const uuid = spanUuid(traceId, spanId);
      expect(sgpSpanId(traceId, spanId)).toBe(uuid);
      expect([
        ownSpanId(traceId, uuid) !== undefined,
        spanIdOfSgp(traceId, uuid),
        spanIdOfSgp(traceId, uuid.toUpperCase()),
      ]).toEqual([true, spanId, spanId]);
      expect(ownSpanId(traceId, uuid.toUpperCase()) !== undefined).toBe(/^[\d-]*$/.test(uuid));
      expect(spanIdsOfSgp(uuid)).toContain(spanId);
      expect(ownSpanId(otherTraceId, uuid) !== undefined).toBe(spanIdFromUuid(otherTraceId, uuid) !== undefined);
    }),
    { numRuns: 1_000 },
  );
});

test('any other text stands for one id, the same in every trace', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.uuid(), fc.uuid({ version: 8 })), traceIds, (text, traceId) => {
      const spanId = spanIdOfSgp(traceId, text);
      expect([isSpanId(spanId), isTraceId(traceIdOfSgp(text))]).toEqual([true, true]);
      expect(spanIdsOfSgp(text)).toContain(spanId);
    }),
    { numRuns: 1_000 },
  );
});

test('a trace that is written by SGP and by OTLP is one trace', () => {
  expect(traceIdOfSgp('AAAAAAAA-aaaa-4aaa-8aaa-aaaaaaaaaaaa')).toBe('aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaaa');
  expect(traceIdOfSgp('4bf92f3577b34da6a3ce929d0e0e4736')).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
});
