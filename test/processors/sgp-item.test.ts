import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sgpItem } from '../../src/processors/sgp-item.js';
import { sgpTimestamp } from '../../src/processors/sgp-timestamp.js';
import { spanUuid, traceUuid } from '../../src/span/ids.js';
import { TIME_MICROS_MAX } from '../../src/span/limits.js';
import type { Span, SpanStatus } from '../../src/span/span.js';
import { closedSpan, openSpan, spanIdOf, START_MICROS, TRACE_ID } from './sample-span.js';

type Item = Record<string, unknown> & { metadata: Record<string, unknown> };

function itemOf(span: Span, agent: Parameters<typeof sgpItem>[1] = {}): Item {
  return JSON.parse(sgpItem(span, agent).text) as Item;
}

describe('an item', () => {
  it('has the keys of the wire, in its order, and leaves absent ones out', () => {
    const required = ['name', 'id', 'trace_id', 'start_timestamp', 'input', 'output', 'metadata', 'status', 'type'];
    expect(Object.keys(itemOf(openSpan()))).toEqual(required);
    const whole = itemOf(closedSpan({ parentId: spanIdOf(2), input: 'a', output: 'b' }));
    expect(Object.keys(whole)).toEqual([...required, 'end_timestamp', 'parent_id']);
  });

  it('names span, trace and parent by their UUIDs', () => {
    expect(itemOf(openSpan({ parentId: spanIdOf(2) }))).toMatchObject({
      id: spanUuid(TRACE_ID, spanIdOf(1)),
      trace_id: traceUuid(TRACE_ID),
      parent_id: spanUuid(TRACE_ID, spanIdOf(2)),
    });
  });

  it.each([
    [undefined, {}],
    [{ a: 1 }, { a: 1 }],
    [{}, {}],
    [[1, 2], { value: [1, 2] }],
    [[], { value: [] }],
    ['text', { value: 'text' }],
    ['', { value: '' }],
    [0, { value: 0 }],
    [false, { value: false }],
    [null, { value: null }],
  ])('says input and output %j as %j', (value, expected) => {
    const span = value === undefined ? closedSpan() : closedSpan({ input: value, output: value });
    expect(itemOf(span)).toMatchObject({ input: expected, output: expected });
  });

  it.each<[SpanStatus, string, string | undefined]>([
    ['RUNNING', 'SUCCESS', undefined],
    ['OK', 'SUCCESS', undefined],
    ['CONTINUED', 'SUCCESS', 'CONTINUED'],
    ['ERROR', 'ERROR', 'ERROR'],
    ['TIMED_OUT', 'ERROR', 'TIMED_OUT'],
    ['UNKNOWN', 'ERROR', 'UNKNOWN'],
    ['CANCELED', 'CANCELED', 'CANCELED'],
    ['TERMINATED', 'CANCELED', 'TERMINATED'],
  ])('says status %s as %s, the exact one in metadata', (status, expected, exact) => {
    const item = itemOf(status === 'RUNNING' ? openSpan() : closedSpan({ status }));
    expect(item['status']).toBe(expected);
    expect(item.metadata['everspan.status']).toBe(exact);
    expect(item.metadata['error']).toBe(expected === 'ERROR' ? true : undefined);
  });

  it.each<[Partial<Span>, Record<string, unknown>]>([
    [
      { status: 'ERROR', statusMessage: 'no such file', attributes: { 'error.type': 'FileError' } },
      { error: true, error_type: 'FileError', error_message: 'no such file', error_category: 'application' },
    ],
    [
      { status: 'TIMED_OUT', statusMessage: 'start-to-close', attributes: { 'error.type': 'TimeoutFailure' } },
      { error: true, error_type: 'TimeoutFailure', error_message: 'start-to-close', error_category: 'platform' },
    ],
    [{ status: 'ERROR', attributes: { 'error.type': 'TerminatedFailure' } }, { error_category: 'platform' }],
    [{ status: 'ERROR' }, { error: true, error_category: 'unknown' }],
    [{ status: 'UNKNOWN', attributes: { 'error.type': 'X' } }, { error_category: 'unknown' }],
    [{ status: 'CANCELED', statusMessage: 'left open' }, { 'everspan.status_message': 'left open' }],
  ])('tells of the failure %j', (changes, expected) => {
    expect(itemOf(closedSpan(changes)).metadata).toMatchObject(expected);
  });

  it('takes its type from __span_type__ where SGP knows it', () => {
    expect(itemOf(openSpan({ attributes: { __span_type__: 'GUARDRAIL' } }))['type']).toBe('GUARDRAIL');
    expect(itemOf(openSpan({ attributes: { __span_type__: 'activity' } }))['type']).toBe('STANDALONE');
    expect(itemOf(openSpan())['type']).toBe('STANDALONE');
  });

  it('puts the agent behind the attributes, and only what is given of it', () => {
    const { metadata } = itemOf(openSpan({ attributes: { k: 1 } }), { source: 'agentex', agentId: 'a-1' });
    expect(Object.entries(metadata)).toEqual([
      ['k', 1],
      ['__source__', 'agentex'],
      ['__agent_id__', 'a-1'],
    ]);
  });

  it('moves an end before the start up to it and keeps the true times', () => {
    const skewed = itemOf(closedSpan({ endTime: START_MICROS - 7, attributes: { k: 1 } }));
    expect(skewed['end_timestamp']).toBe(skewed['start_timestamp']);
    expect(skewed.metadata).toEqual({
      k: 1,
      'everspan.unclamped_start_time': '2026-05-11T12:00:00.123456Z',
      'everspan.unclamped_end_time': '2026-05-11T12:00:00.123449Z',
    });
  });

  it('keeps the true times also where a span has as many attributes as are allowed', () => {
    const attributes = Object.fromEntries(Array.from({ length: 128 }, (_, index) => [`k${index}`, index]));
    const { metadata } = itemOf(closedSpan({ endTime: START_MICROS - 7, attributes }));
    expect(metadata).toHaveProperty('everspan.unclamped_end_time');
  });

  it('holds no NaN, no lone surrogate and no NUL, wherever they stood', () => {
    const dirty = 'a\0b\ud800c';
    const span = closedSpan({
      status: 'ERROR',
      name: dirty,
      statusMessage: dirty,
      attributes: { [dirty]: dirty, 'error.type': dirty, list: [dirty], nan: Number.NaN },
      input: { [dirty]: [dirty, Number.NaN, { deep: Number.POSITIVE_INFINITY }] },
      output: dirty,
    });
    const { text } = sgpItem(span, { source: dirty, agentName: dirty });
    expect(text).not.toMatch(/\\u0000|\\ud[89a-f]|null/);
    expect(text.isWellFormed()).toBe(true);
    const item = JSON.parse(text) as Item;
    expect(item).toMatchObject({
      name: 'ab\ufffdc',
      input: { 'ab\ufffdc': ['ab\ufffdc', 'NaN', { deep: 'Infinity' }] },
      output: { value: 'ab\ufffdc' },
    });
    expect(item.metadata).toMatchObject({ error_message: 'ab\ufffdc', __source__: 'ab\ufffdc', nan: 'NaN' });
  });

  it('keeps an attribute named __proto__ as an attribute', () => {
    const attributes = JSON.parse('{"__proto__":"kept"}') as Span['attributes'];
    expect(sgpItem(openSpan({ attributes }), {}).text).toContain('"metadata":{"__proto__":"kept"}');
  });

  it('survives inputs that JSON cannot say', () => {
    const circle: Record<string, unknown> = { big: 10n };
    circle['self'] = circle;
    const item = itemOf(openSpan({ input: circle as never }));
    expect(item['input']).toEqual({ big: '10', self: '[circular]' });
  });
});

describe('a timestamp', () => {
  it.each([
    [START_MICROS, '2026-05-11T12:00:00.123456+00:00'],
    [START_MICROS - 123_456, '2026-05-11T12:00:00+00:00'],
    [START_MICROS - 123_455, '2026-05-11T12:00:00.000001+00:00'],
    [START_MICROS - 23_456, '2026-05-11T12:00:00.100000+00:00'],
    [0, '1970-01-01T00:00:00+00:00'],
  ])('of %i is %s', (micros, expected) => {
    expect(sgpTimestamp(micros)).toBe(expected);
  });

  it('loses no microsecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: TIME_MICROS_MAX }), (micros) => {
        const [whole, fraction = '0'] = sgpTimestamp(micros).replace('+00:00', '').split('.');
        expect(BigInt(Date.parse(`${whole}Z`)) * 1_000n + BigInt(fraction)).toBe(BigInt(micros));
      }),
    );
  });
});
