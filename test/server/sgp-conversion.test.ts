import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sgpItem } from '../../src/processors/sgp-item.js';
import { parseRow } from '../../src/server/sgp-batch.js';
import { SGP_SPAN_TYPES } from '../../src/processors/sgp-span-type.js';
import { sgpToSpan } from '../../src/server/sgp-to-span.js';
import { spanToSgp } from '../../src/server/span-to-sgp.js';
import { spanUuid, traceUuid } from '../../src/span/ids.js';
import { validateSpan } from '../../src/span/validate-span.js';
import { closedSpan, openSpan, START_MICROS } from '../processors/sample-span.js';
import { arbitrarySpan } from '../processors/arbitrary-span.js';

const jsonObjects = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4, noNullPrototype: true }).map(plain);
const texts = fc.string({ minLength: 1, maxLength: 60 }).filter((text) => !text.includes('\0'));
const ids = fc.oneof(
  fc.uuid(),
  fc.uuid({ version: 8 }),
  fc.constantFrom("' or 1=1; --", '../../etc/passwd', 'no_trace_id', '4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'),
  texts,
);
const microseconds = fc.integer({ min: 86_400_000_000, max: 4_000_000_000_000_000 });
const timestamps = microseconds.map((micros) => {
  const text = new Date(Math.floor(micros / 1_000)).toISOString();
  return [
    `${text.slice(0, -1)}${String(micros % 1_000).padStart(3, '0')}+00:00`,
    text,
    text.slice(0, 19),
    `${text.slice(0, 19)}+02:00`,
  ];
});

/** Rows as foreign clients may write them. */
const foreignRows = fc
  .record(
    {
      name: fc.string(),
      id: ids,
      trace_id: ids,
      start_timestamp: timestamps.chain((forms) => fc.constantFrom(...forms)),
      input: fc.oneof(jsonObjects, fc.jsonValue({ maxDepth: 2 }).map(plain)),
      output: jsonObjects,
      metadata: fc.oneof(
        jsonObjects,
        fc.constantFrom(
          { error: true, error_type: 'E', error_message: 'm', error_category: 'unknown' },
          { 'everspan.status': 'TIMED_OUT' },
          { 'everspan.sgp': '{"id":"another"}' },
          { 'everspan.status_message': 5 },
        ),
      ),
      status: fc.constantFrom('SUCCESS', 'ERROR', 'CANCELED'),
      type: fc.constantFrom(...SGP_SPAN_TYPES),
      isOpen: fc.boolean(),
      parent_id: ids,
      group_id: texts,
      application_variant_id: fc.oneof(texts, fc.constant(null)),
    },
    {
      requiredKeys: ['name', 'id', 'trace_id', 'start_timestamp', 'input', 'output', 'metadata', 'status', 'type'],
      noNullPrototype: true,
    },
  )
  .filter((row) => row.id !== row.parent_id)
  .map(({ isOpen, ...row }) => (isOpen === true ? row : { ...row, end_timestamp: '2200-01-01T00:00:00.000001+00:00' }));

/** JSON has no negative zero. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('what a foreign client writes is read back equal', () => {
  fc.assert(
    fc.property(foreignRows, (row) => {
      const span = validateSpan(sgpToSpan(parseRow(plain(row))));
      expect(plain(spanToSgp(span, 'acct'))).toEqual({ ...row, account_id: 'acct', object: 'span' });
    }),
    { numRuns: 2_000 },
  );
});

test('a row that is sent back as it was read stays the same span', () => {
  fc.assert(
    fc.property(foreignRows, (row) => {
      const span = sgpToSpan(parseRow(plain(row)));
      expect(sgpToSpan(parseRow(plain(spanToSgp(span, 'acct'))))).toEqual(span);
    }),
    { numRuns: 500 },
  );
});

test("an item of everspan's own processor becomes its span, in all that an item carries", () => {
  const types: string[] = [];
  fc.assert(
    fc.property(arbitrarySpan, (span) => {
      const item = JSON.parse(sgpItem(span, {}).text) as Record<string, unknown>;
      const read = sgpToSpan(parseRow(item));
      expect(plain(spanToSgp(read, 'acct'))).toEqual({ ...item, account_id: 'acct', object: 'span' });
      expect(read).toMatchObject({ spanId: span.spanId, traceId: span.traceId });
      types.push(read.scope.name);
    }),
    { numRuns: 500 },
  );
  expect(types).toContain('everspan');
});

test.each([
  ['open', openSpan({ attributes: { a: 1 } })],
  ['closed', closedSpan({ kind: 'SERVER', type: 'workflow', parentId: '00000000000000ff', output: { a: [1] } })],
  ['timed out', closedSpan({ status: 'TIMED_OUT', statusMessage: 'late', attributes: { 'error.type': 'TimeoutFailure' } })],
  ['failed without a message', closedSpan({ status: 'ERROR' })],
  ['continued', closedSpan({ status: 'CONTINUED', statusMessage: 'as new' })],
  ['terminated', closedSpan({ status: 'TERMINATED' })],
  ['of unknown end', closedSpan({ status: 'UNKNOWN', statusMessage: 'the record is gone' })],
  ['whose end lies before its start', closedSpan({ endTime: START_MICROS - 5, attributes: { b: 'x' } })],
])('a span that is %s goes through SGP and comes back', (_state, span) => {
  const item = JSON.parse(sgpItem(span, {}).text) as unknown;
  const notCarried = { resource: {}, scope: { name: 'everspan' } };
  expect(sgpToSpan(parseRow(item))).toEqual({ ...span, ...notCarried });
});

test('a row with an own id that the processor would not write like that keeps what it has', () => {
  const { traceId, spanId } = openSpan();
  const row = {
    name: 'patched',
    id: spanUuid(traceId, spanId),
    trace_id: traceUuid(traceId),
    start_timestamp: '2026-05-11T12:00:00+00:00',
    end_timestamp: '2026-05-11T12:00:01+00:00',
    input: [1],
    output: {},
    metadata: { error: 'maybe' },
    status: 'ERROR',
    type: 'EVALUATION',
  };
  const span = sgpToSpan(parseRow(row));
  expect(span.spanId).toBe(spanId);
  expect(spanToSgp(span, 'acct')).toEqual({ ...row, account_id: 'acct', object: 'span' });
});
