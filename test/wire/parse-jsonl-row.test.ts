import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toJsonlRow } from '../../src/wire/jsonl-row.js';
import { parseJsonlRow } from '../../src/wire/parse-jsonl-row.js';
import { InvalidSpanError } from '../../src/span/errors.js';
import { arbitrarySpan } from '../processors/arbitrary-span.js';
import { closedSpan, openSpan, spanIdOf, START_MICROS, TRACE_ID } from '../processors/sample-span.js';

describe('a row', () => {
  it('reads back as the span that it was made from', () => {
    fc.assert(
      fc.property(arbitrarySpan, (span) => {
        expect(parseJsonlRow(JSON.stringify(toJsonlRow(span)))).toStrictEqual(span);
      }),
      { numRuns: 1_000 },
    );
  });

  it('has the shape of to_json in OpenTelemetry', () => {
    const span = closedSpan({
      type: 'activity',
      parentId: spanIdOf(2),
      status: 'TIMED_OUT',
      statusMessage: 'too slow',
      attributes: { k: 1 },
      events: [{ name: 'retry', time: START_MICROS, attributes: { n: 2 } }],
      links: [{ traceId: TRACE_ID, spanId: spanIdOf(3) }],
      input: { q: 1 },
    });
    expect(toJsonlRow(span)).toEqual({
      name: 'agent turn',
      context: { trace_id: `0x${TRACE_ID}`, span_id: '0x0000000000000001', trace_state: '[]' },
      kind: 'SpanKind.INTERNAL',
      parent_id: '0x0000000000000002',
      start_time: '2026-05-11T12:00:00.123456Z',
      end_time: '2026-05-11T12:00:01.623456Z',
      status: { status_code: 'ERROR', description: 'too slow' },
      attributes: {
        k: 1,
        'everspan.type': 'activity',
        'everspan.status': 'TIMED_OUT',
        'everspan.source': 'observed',
        'everspan.revision': 0,
        'everspan.attempt': 1,
        'everspan.input': '{"q":1}',
        'otel.scope.name': 'everspan',
        'otel.scope.version': '0.1.0',
      },
      events: [{ name: 'retry', timestamp: '2026-05-11T12:00:00.123456Z', attributes: { n: 2 } }],
      links: [{ context: { trace_id: `0x${TRACE_ID}`, span_id: '0x0000000000000003', trace_state: '[]' }, attributes: null }],
      resource: { attributes: { 'service.name': 'tests' }, schema_url: '' },
    });
  });

  it('of an open span has no end and no status', () => {
    expect(toJsonlRow(openSpan())).toMatchObject({ parent_id: null, end_time: null, status: { status_code: 'UNSET' } });
  });

  it.each([
    ['a torn line', '{"name":"agent tu'],
    ['a blank line', ''],
    ['no object', '[1]'],
    ['a row of another program', JSON.stringify({ name: 'x', context: { trace_id: '0x1', span_id: '0x2' }, attributes: {} })],
    ['a time that is none', JSON.stringify({ ...toJsonlRow(openSpan()), start_time: 'yesterday' })],
    ['a kind that is none', JSON.stringify({ ...toJsonlRow(openSpan()), kind: 'SpanKind.OTHER' })],
  ])('that is %s is refused', (_name, line) => {
    expect(() => parseJsonlRow(line)).toThrow(InvalidSpanError);
  });
});
