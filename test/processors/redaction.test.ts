import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSpanRedactor, type RedactionPlace, type Redactor, redactSpan } from '../../src/processors/redaction.js';
import type { JsonValue, Span } from '../../src/span/span.js';
import { arbitrarySpan } from './arbitrary-span.js';
import { closedSpan, spanIdOf, START_MICROS, TRACE_ID } from './sample-span.js';

const SECRET = 'hunter2';

/** A span with the secret in every place that text can stand. */
const LEAKY: Span = closedSpan({
  status: 'ERROR',
  name: `run ${SECRET}`,
  statusMessage: `failed with ${SECRET}`,
  attributes: { plain: 'kept', 'user.password': 'p', [`key ${SECRET}`]: 1, list: ['a', SECRET] },
  events: [
    {
      name: `exception ${SECRET}`,
      time: START_MICROS,
      attributes: { 'exception.message': `no ${SECRET}`, 'exception.stacktrace': `Error: ${SECRET}\n    at f (${SECRET}.ts)` },
    },
  ],
  links: [{ traceId: TRACE_ID, spanId: spanIdOf(2), attributes: { why: SECRET } }],
  input: { query: SECRET, nested: [{ deep: `x${SECRET}x`, Password: 'p', [SECRET]: true }], n: 1 },
  output: SECRET,
  resource: { 'process.command_args': ['node', `--token=${SECRET}`] },
});

describe('rules', () => {
  it('take a pattern out of every text of a span', () => {
    const redacted = redactSpan(LEAKY, { patterns: [/hunter2/] });
    expect(JSON.stringify(redacted)).not.toContain(SECRET);
    expect(redacted).toMatchObject({
      name: 'run [redacted]',
      statusMessage: 'failed with [redacted]',
      attributes: { plain: 'kept', list: ['a', '[redacted]'], 'key [redacted]': 1 },
      events: [{ attributes: { 'exception.stacktrace': 'Error: [redacted]\n    at f ([redacted].ts)' } }],
      links: [{ attributes: { why: '[redacted]' } }],
      input: { query: '[redacted]', nested: [{ deep: 'x[redacted]x', '[redacted]': true }], n: 1 },
      output: '[redacted]',
    });
  });

  it('take values out by name, whole and in any case, at any depth', () => {
    const redacted = redactSpan(LEAKY, { names: ['USER.PASSWORD', 'password', 'exception.stacktrace'], replacement: '***' });
    expect(redacted).toMatchObject({
      attributes: { 'user.password': '***', plain: 'kept' },
      events: [{ attributes: { 'exception.stacktrace': '***' } }],
      input: { nested: [{ Password: '***' }] },
    });
    expect(redacted.name).toBe(LEAKY.name);
  });

  it('take values out by an expression on the name', () => {
    const redacted = redactSpan(LEAKY, { names: [/passw/i, /^nested$/] });
    expect(redacted).toMatchObject({ attributes: { 'user.password': '[redacted]' }, input: { nested: '[redacted]', n: 1 } });
  });

  it('work alike each time, also with global and sticky expressions', () => {
    const rules = { names: [/password/gi], patterns: [/hunter2/gy, /x/g] };
    const once = redactSpan(LEAKY, { patterns: [/hunter2/, /x/], names: [/password/i] });
    expect(redactSpan(LEAKY, rules)).toEqual(once);
    expect(redactSpan(LEAKY, rules)).toEqual(once);
  });

  it('put the replacement in as it is', () => {
    expect(redactSpan(LEAKY, { patterns: [/hunter2/], replacement: '$&' }).output).toBe('$&');
  });

  it('find a pattern in numbers, and keep a list of one type', () => {
    const span = closedSpan({ attributes: { card: 4111, cards: [4111, 5] }, input: { card: 4111, other: 5 } });
    expect(redactSpan(span, { patterns: [/^4\d{3}$/] })).toMatchObject({
      attributes: { card: '[redacted]', cards: ['[redacted]', '5'] },
      input: { card: '[redacted]', other: 5 },
    });
  });

  it.each([
    [
      'patterns that are texts',
      { patterns: ['hunter2'] },
      'redaction option patterns must be a list of regular expressions, got "hunter2"',
    ],
    ['a name that is a number', { names: [1] }, 'redaction option names must be a list of texts and regular expressions, got 1'],
    ['a name that is empty', { names: [''] }, 'redaction option names must be a list of texts and regular expressions, got ""'],
    ['one name without its list', { names: 'apiKey' }, 'must be a list of texts and regular expressions, got "apiKey"'],
    ['a replacement that is no text', { names: ['a'], replacement: null }, 'redaction option replacement must be text, got null'],
    ['a rule that there is not', { keys: ['apiKey'] }, 'redaction has no option keys: there are names, patterns, replacement'],
    ['a misspelt rule', { name: ['apiKey'] }, 'redaction has no option name: did you mean names?'],
    ['a list of names', ['apiKey'], 'redaction must be a function or an object, got a list: write redaction: { names: […] }'],
    ['one name', 'apiKey', 'redaction: the options must be an object (of names, patterns, replacement), got text'],
    ['nothing', null, 'redaction: the options must be an object (of names, patterns, replacement), got null'],
    ['no rule', {}, 'redaction takes nothing out: give it names or patterns, or leave it out'],
    ['only a replacement', { replacement: '-' }, 'redaction takes nothing out'],
    ['lists that are empty', { names: [], patterns: [] }, 'redaction takes nothing out'],
  ])('that are none are refused, so that nothing leaks unseen: %s', (_what, redaction, message) => {
    const make = () => createSpanRedactor(redaction as never);
    expect(make).toThrow(expect.objectContaining({ name: 'ProcessorOptionsError', code: 'INVALID_OPTION' }));
    expect(make).toThrow(message);
    expect(() => redactSpan(closedSpan(), redaction as never)).toThrow(message);
  });

  it('may leave out what is set to undefined', () => {
    expect(
      redactSpan(closedSpan({ attributes: { apiKey: 's' } }), { names: ['apikey'], patterns: undefined } as never),
    ).toMatchObject({
      attributes: { apiKey: '[redacted]' },
    });
  });
});

describe('a function', () => {
  it('is asked about every value, and told where it stands', () => {
    const asked: [JsonValue, RedactionPlace][] = [];
    redactSpan(
      closedSpan({
        statusMessage: 'm',
        attributes: { k: [1] },
        events: [{ name: 'e', time: START_MICROS, attributes: { 'exception.stacktrace': 's' } }],
        input: { a: ['x'] },
        output: 7,
        resource: { r: true },
      }),
      (value, place) => {
        asked.push([value, place]);
        return value;
      },
    );
    expect(asked).toEqual(
      expect.arrayContaining([
        ['agent turn', { field: 'name' }],
        ['m', { field: 'statusMessage' }],
        [[1], { field: 'attribute', attribute: 'k' }],
        [true, { field: 'attribute', attribute: 'r' }],
        ['e', { field: 'event' }],
        ['s', { field: 'attribute', attribute: 'exception.stacktrace' }],
        [{ a: ['x'] }, { field: 'input', path: [] }],
        [['x'], { field: 'input', path: ['a'] }],
        ['x', { field: 'input', path: ['a', 0] }],
        [7, { field: 'output', path: [] }],
      ]),
    );
    expect(asked).toHaveLength(10);
  });

  it('replaces, and leaves out what it answers undefined for', () => {
    const redacted = redactSpan(LEAKY, (value, place) => {
      if (place.field === 'input' && place.path?.at(-1) === 'query') return undefined;
      if (place.field === 'input' && place.path?.length === 2) return { replaced: true };
      return place.field === 'input' ? value : undefined;
    });
    expect(redacted.input).toEqual({ nested: [{ replaced: true }], n: 1 });
    expect(redacted).toMatchObject({
      name: '[redacted]',
      attributes: {},
      resource: {},
      events: [{ name: '[redacted]', attributes: {} }],
    });
    expect(redacted).not.toHaveProperty('output');
    expect(redacted).not.toHaveProperty('statusMessage');
  });

  it.each<[string, Redactor]>([
    [
      'throws',
      () => {
        throw new TypeError(SECRET);
      },
    ],
    ['answers a promise', (async () => 'late') as unknown as Redactor],
    ['answers a promise that rejects', (() => Promise.reject(new TypeError(SECRET))) as unknown as Redactor],
    ['answers a function', (() => () => SECRET) as unknown as Redactor],
    ['answers a symbol', (() => Symbol(SECRET)) as unknown as Redactor],
  ])('that %s lets nothing through', (_name, redactor) => {
    const redacted = redactSpan(LEAKY, redactor);
    const { attributes, ...others } = redacted;
    expect(JSON.stringify(others)).not.toContain(SECRET);
    expect(Object.values(attributes)).toEqual(Array(4).fill('[redaction failed]'));
    expect(redacted).toMatchObject({
      name: '[redaction failed]',
      statusMessage: '[redaction failed]',
      input: '[redaction failed]',
      output: '[redaction failed]',
      events: [{ name: '[redaction failed]', attributes: { 'exception.stacktrace': '[redaction failed]' } }],
    });
  });

  it('that throws for one member costs that member', () => {
    const redacted = redactSpan(closedSpan({ input: { good: 1, bad: 2 } }), (value) => {
      if (value === 2) throw new TypeError('two');
      return value;
    });
    expect(redacted.input).toEqual({ good: 1, bad: '[redaction failed]' });
  });

  it('may answer with what JSON cannot say: it is cleaned', () => {
    const redacted = redactSpan(closedSpan({ input: 'x', attributes: { k: 'x' } }), (() => ({
      n: Number.NaN,
    })) as unknown as Redactor);
    expect(redacted).toMatchObject({ input: { n: 'NaN' }, attributes: { k: '{"n":"NaN"}' }, name: '{"n":"NaN"}' });
  });

  it('that changes nothing gives an equal span, whatever the span', () => {
    fc.assert(
      fc.property(arbitrarySpan, (span) => {
        expect(redactSpan(span, (value) => value)).toStrictEqual(span);
        expect(redactSpan(span, { names: ['no attribute is named so'] })).toStrictEqual(span);
      }),
    );
  });
});

it('an input nested deeper than the stack is replaced, not let through', () => {
  let deep: JsonValue = SECRET;
  for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
  for (const redaction of [{ patterns: [/hunter2/] }, (value: JsonValue) => value]) {
    expect(redactSpan(closedSpan({ input: deep }), redaction).input).toBe('[redaction failed]');
  }
});
