import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/span/canonical-json.js';
import { JSON_DEPTH_MAX, TIME_MICROS_MAX } from '../../src/span/limits.js';
import { mergeKey } from '../../src/span/merge-span.js';
import type { Span } from '../../src/span/span.js';
import { validateSpan } from '../../src/span/validate-span.js';
import { CLOSED_SPAN, OPEN_SPAN, validSpans } from './arbitraries.js';

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

function without(field: string): unknown {
  const rest: Record<string, unknown> = { ...OPEN_SPAN };
  delete rest[field];
  return rest;
}

function outcomeOf(candidate: unknown): string {
  let span: Span;
  try {
    span = validateSpan(candidate);
  } catch (error) {
    return (error as Error).name;
  }
  return mergeKey(span) !== '' && JSON.parse(canonicalJson(span)) !== undefined ? 'mergeable' : 'not mergeable';
}

const LINK = { traceId: OPEN_SPAN.traceId, spanId: OPEN_SPAN.spanId };
const MOMENT = { name: 'moment', time: 1 };
const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

describe('validating a span', () => {
  it('takes every valid span as it is', () => {
    fc.assert(
      fc.property(validSpans, (span) => {
        expect(validateSpan(span)).toBe(span);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each<[string, unknown]>([
    ['an end before its start', { ...CLOSED_SPAN, startTime: 9, endTime: 1 }],
    ['an end at the epoch', { ...CLOSED_SPAN, endTime: 0 }],
    ['the last time', { ...CLOSED_SPAN, endTime: TIME_MICROS_MAX }],
    ['an empty name', { ...OPEN_SPAN, name: '' }],
    ['a field that it does not know', { ...OPEN_SPAN, later: 1 }],
    ['fields that are undefined', { ...OPEN_SPAN, parentId: undefined, endTime: undefined, input: undefined }],
    ['the deepest input', { ...OPEN_SPAN, input: nested(JSON_DEPTH_MAX) }],
  ])('takes %s', (_what, span) => {
    expect(validateSpan(span)).toBe(span);
  });

  it.each<[code: string, field: string, span: unknown]>([
    ['NOT_AN_OBJECT', 'span', undefined],
    ['NOT_AN_OBJECT', 'span', null],
    ['NOT_AN_OBJECT', 'span', 'text'],
    ['NOT_AN_OBJECT', 'span', [OPEN_SPAN]],
    ['INVALID_SPAN_ID', 'spanId', without('spanId')],
    ['INVALID_SPAN_ID', 'spanId', { ...OPEN_SPAN, spanId: '0'.repeat(16) }],
    ['INVALID_SPAN_ID', 'spanId', { ...OPEN_SPAN, spanId: OPEN_SPAN.spanId.toUpperCase() }],
    ['INVALID_SPAN_ID', 'spanId', { ...OPEN_SPAN, spanId: `${OPEN_SPAN.spanId}\n` }],
    ['INVALID_SPAN_ID', 'spanId', { ...OPEN_SPAN, spanId: 7 }],
    ['INVALID_TRACE_ID', 'traceId', without('traceId')],
    ['INVALID_TRACE_ID', 'traceId', { ...OPEN_SPAN, traceId: '0'.repeat(32) }],
    ['INVALID_TRACE_ID', 'traceId', { ...OPEN_SPAN, traceId: OPEN_SPAN.spanId }],
    ['INVALID_SPAN_ID', 'parentId', { ...OPEN_SPAN, parentId: '' }],
    ['INVALID_SPAN_ID', 'parentId', { ...OPEN_SPAN, parentId: null }],
    ['MISSING_FIELD', 'name', without('name')],
    ['INVALID_FIELD', 'name', { ...OPEN_SPAN, name: 7 }],
    ['MISSING_FIELD', 'type', without('type')],
    ['INVALID_FIELD', 'type', { ...OPEN_SPAN, type: '' }],
    ['MISSING_FIELD', 'kind', without('kind')],
    ['INVALID_FIELD', 'kind', { ...OPEN_SPAN, kind: 'internal' }],
    ['MISSING_FIELD', 'status', without('status')],
    ['INVALID_FIELD', 'status', { ...OPEN_SPAN, status: 'DONE' }],
    ['MISSING_FIELD', 'source', without('source')],
    ['INVALID_FIELD', 'source', { ...OPEN_SPAN, source: 'toString' }],
    ['INVALID_TIME', 'startTime', without('startTime')],
    ['INVALID_TIME', 'startTime', { ...OPEN_SPAN, startTime: -1 }],
    ['INVALID_TIME', 'startTime', { ...OPEN_SPAN, startTime: 0.5 }],
    ['INVALID_TIME', 'startTime', { ...OPEN_SPAN, startTime: '1' }],
    ['INVALID_TIME', 'startTime', { ...OPEN_SPAN, startTime: TIME_MICROS_MAX + 1 }],
    ['INVALID_TIME', 'endTime', { ...CLOSED_SPAN, endTime: Number.NaN }],
    ['INVALID_TIME', 'endTime', { ...CLOSED_SPAN, endTime: null }],
    ['STATUS_AND_END_DISAGREE', 'status', { ...OPEN_SPAN, status: 'OK' }],
    ['STATUS_AND_END_DISAGREE', 'status', { ...CLOSED_SPAN, status: 'RUNNING' }],
    ['INVALID_FIELD', 'statusMessage', { ...OPEN_SPAN, statusMessage: {} }],
    ['MISSING_FIELD', 'revision', without('revision')],
    ['INVALID_FIELD', 'revision', { ...OPEN_SPAN, revision: -1 }],
    ['INVALID_FIELD', 'revision', { ...OPEN_SPAN, revision: 2 ** 53 }],
    ['MISSING_FIELD', 'attempt', without('attempt')],
    ['INVALID_FIELD', 'attempt', { ...OPEN_SPAN, attempt: 1.5 }],
    ['MISSING_FIELD', 'attributes', without('attributes')],
    ['INVALID_FIELD', 'attributes', { ...OPEN_SPAN, attributes: [] }],
    ['INVALID_FIELD', 'attributes', { ...OPEN_SPAN, attributes: { a: null } }],
    ['INVALID_FIELD', 'attributes', { ...OPEN_SPAN, attributes: { a: { b: 1 } } }],
    ['INVALID_FIELD', 'attributes', { ...OPEN_SPAN, attributes: { a: 1n } }],
    ['INVALID_FIELD', 'attributes', { ...OPEN_SPAN, attributes: { a: Number.NaN } }],
    ['INVALID_FIELD', 'attributes', { ...OPEN_SPAN, attributes: { a: [1, 'x'] } }],
    ['INVALID_FIELD', 'attributes', { ...OPEN_SPAN, attributes: { a: [[1]] } }],
    ['INVALID_FIELD', 'attributes', { ...OPEN_SPAN, attributes: { a: [null] } }],
    ['MISSING_FIELD', 'resource', without('resource')],
    ['INVALID_FIELD', 'resource', { ...OPEN_SPAN, resource: { a: null } }],
    ['MISSING_FIELD', 'scope', without('scope')],
    ['INVALID_FIELD', 'scope', { ...OPEN_SPAN, scope: {} }],
    ['INVALID_FIELD', 'scope', { ...OPEN_SPAN, scope: { name: 'a', version: 1 } }],
    ['INVALID_FIELD', 'input', { ...OPEN_SPAN, input: 1n }],
    ['INVALID_FIELD', 'input', { ...OPEN_SPAN, input: nested(JSON_DEPTH_MAX + 1) }],
    ['INVALID_FIELD', 'input', { ...OPEN_SPAN, input: nested(50_000) }],
    ['INVALID_FIELD', 'input', { ...OPEN_SPAN, input: cyclic }],
    ['INVALID_FIELD', 'output', { ...OPEN_SPAN, output: { a: [Number.POSITIVE_INFINITY] } }],
    ['INVALID_FIELD', 'output', { ...OPEN_SPAN, output: () => 1 }],
    ['MISSING_FIELD', 'events', without('events')],
    ['INVALID_FIELD', 'events', { ...OPEN_SPAN, events: {} }],
    ['INVALID_FIELD', 'events', { ...OPEN_SPAN, events: [null] }],
    ['INVALID_FIELD', 'events', { ...OPEN_SPAN, events: [{ ...MOMENT, name: 1 }] }],
    ['INVALID_FIELD', 'events', { ...OPEN_SPAN, events: [MOMENT, { ...MOMENT, time: -1 }] }],
    ['INVALID_FIELD', 'events', { ...OPEN_SPAN, events: [{ ...MOMENT, attributes: { a: null } }] }],
    ['MISSING_FIELD', 'links', without('links')],
    ['INVALID_FIELD', 'links', { ...OPEN_SPAN, links: 'x' }],
    ['INVALID_FIELD', 'links', { ...OPEN_SPAN, links: [{ ...LINK, spanId: 'x' }] }],
    ['INVALID_FIELD', 'links', { ...OPEN_SPAN, links: [{ ...LINK, traceId: 'x' }] }],
    ['INVALID_FIELD', 'links', { ...OPEN_SPAN, links: [{ ...LINK, attributes: [] }] }],
  ])('refuses with %s for its %s', (code, field, span) => {
    expect(() => validateSpan(span)).toThrow(
      expect.objectContaining({ name: 'InvalidSpanError', code, message: expect.stringContaining(field) as unknown }),
    );
  });

  it('names the span and the value, cut to a short text', () => {
    expect(() => validateSpan({ ...OPEN_SPAN, kind: 'x'.repeat(10_000) })).toThrow(
      /^span 00f067aa0ba902b7: kind must be .{0,250}$/,
    );
  });

  it('throws nothing but its own error, and what it takes can be merged', () => {
    const spoilt = fc.tuple(
      fc.constantFrom(...Object.keys(CLOSED_SPAN), 'input', 'output', 'parentId'),
      fc.anything({ withBigInt: true, withMap: true, withDate: true }),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          spoilt.map(([field, value]) => ({ ...CLOSED_SPAN, [field]: value })),
          fc.anything(),
        ),
        (candidate) => {
          expect(outcomeOf(candidate)).toMatch(/^mergeable$|^InvalidSpanError$/);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
