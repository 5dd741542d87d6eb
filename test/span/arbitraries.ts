import * as fc from 'fast-check';
import type { Attributes, JsonValue, Span, SpanKind, SpanLink, SpanMoment, SpanSource, SpanStatus } from '../../src/span/span.js';

const DIGITS = '0123456789abcdef'.split('');

function hex(length: number): fc.Arbitrary<string> {
  return fc
    .string({ unit: fc.constantFrom(...DIGITS), minLength: length, maxLength: length })
    .filter((text) => !/^0+$/.test(text));
}

export const spanIds = hex(16);
export const traceIds = hex(32);
/** Text with every kind of code point, lone surrogates and control characters too. */
export const anyText = fc.string({
  unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom('\ud800', '\udfff', '\0', '"')),
});
export const microTimes = fc.integer({ min: 0, max: 8_640_000_000_000_000 });

const finiteNumbers = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value));

export const attributeSets: fc.Arbitrary<Attributes> = fc.dictionary(
  anyText,
  fc.oneof(
    anyText,
    finiteNumbers,
    fc.boolean(),
    fc.array(anyText, { maxLength: 3 }),
    fc.array(finiteNumbers, { maxLength: 3 }),
    fc.array(fc.boolean(), { maxLength: 3 }),
  ),
  { maxKeys: 4, noNullPrototype: true },
);

export const jsonValues: fc.Arbitrary<JsonValue> = fc
  .jsonValue({ maxDepth: 4 })
  // JSON text has no negative zero.
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);

const kinds = fc.constantFrom<SpanKind>('INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER');
const endStatuses = fc.constantFrom<SpanStatus>('OK', 'ERROR', 'CANCELED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED', 'UNKNOWN');
const sources = fc.constantFrom<SpanSource>('inferred', 'observed', 'recorded');

const withAttributes = <T extends object>(holder: fc.Arbitrary<T>): fc.Arbitrary<T & { attributes?: Attributes }> =>
  fc.tuple(holder, fc.option(attributeSets, { nil: undefined })).map(([rest, attributes]) => ({
    ...rest,
    ...(attributes === undefined ? {} : { attributes }),
  }));

const moments: fc.Arbitrary<SpanMoment> = withAttributes(fc.record({ name: anyText, time: microTimes }));
const links: fc.Arbitrary<SpanLink> = withAttributes(fc.record({ traceId: traceIds, spanId: spanIds }));

/** Every span that is valid, its optional fields there or absent. */
export const validSpans: fc.Arbitrary<Span> = fc
  .record(
    {
      spanId: spanIds,
      traceId: traceIds,
      parentId: spanIds,
      name: anyText,
      kind: kinds,
      type: anyText.filter((text) => text !== ''),
      startTime: microTimes,
      endTime: microTimes,
      status: endStatuses,
      statusMessage: anyText,
      attributes: attributeSets,
      events: fc.array(moments, { maxLength: 2 }),
      links: fc.array(links, { maxLength: 2 }),
      input: jsonValues,
      output: jsonValues,
      resource: attributeSets,
      scope: fc.record({ name: anyText, version: anyText }, { requiredKeys: ['name'], noNullPrototype: true }),
      source: sources,
      revision: fc.nat(),
      attempt: fc.nat(),
    },
    {
      requiredKeys: [
        'spanId',
        'traceId',
        'name',
        'kind',
        'type',
        'startTime',
        'status',
        'attributes',
        'events',
        'links',
        'resource',
        'scope',
        'source',
        'revision',
        'attempt',
      ],
      noNullPrototype: true,
    },
  )
  .map((span) => (span.endTime === undefined ? { ...span, status: 'RUNNING' as const } : span) as Span);

/** A plain valid open span, for cases written by hand. */
export const OPEN_SPAN: Span = {
  spanId: '00f067aa0ba902b7',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  name: 'fetch',
  kind: 'INTERNAL',
  type: 'activity',
  startTime: 1_000_000,
  status: 'RUNNING',
  attributes: {},
  events: [],
  links: [],
  resource: { 'service.name': 'test' },
  scope: { name: 'everspan' },
  source: 'observed',
  revision: 0,
  attempt: 1,
};

/** The same span, closed. */
export const CLOSED_SPAN: Span = { ...OPEN_SPAN, endTime: 2_000_000, status: 'OK' };
