import * as fc from 'fast-check';
import { TIME_MICROS_MAX } from '../../src/span/limits.js';
import type { Attributes, JsonValue, Span } from '../../src/span/span.js';

const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((text) => /[1-9a-f]/.test(text));

const micros = fc.integer({ min: 0, max: TIME_MICROS_MAX });
// Whole code units, so lone surrogates and NUL are among them.
const text = fc.string({ unit: 'binary', maxLength: 20 });
// JSON has no negative zero.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

const attributeName = fc.oneof(
  text,
  // Names that rows use for themselves.
  fc.constantFrom('everspan.type', 'everspan.status', 'everspan.input', 'otel.scope.name', 'everspan.attribute.x', '__proto__'),
);
const attributeValue = fc.oneof(text, number, fc.boolean(), fc.array(text), fc.array(number), fc.array(fc.boolean()));
const attributes: fc.Arbitrary<Attributes> = fc
  .array(fc.tuple(attributeName, attributeValue), { maxLength: 6 })
  .map((entries) => Object.fromEntries(entries));

const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

/** Any valid span whose values JSON can say. */
export const arbitrarySpan: fc.Arbitrary<Span> = fc
  .record({
    spanId: hex(16),
    traceId: hex(32),
    parentId: optional(hex(16)),
    name: text,
    kind: fc.constantFrom('INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'),
    type: fc.constantFrom('workflow', 'activity', 'timer'),
    startTime: micros,
    end: optional(
      fc.record({
        endTime: micros,
        status: fc.constantFrom('OK', 'ERROR', 'CANCELED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED', 'UNKNOWN'),
      }),
    ),
    statusMessage: optional(text),
    attributes,
    events: fc.array(fc.record({ name: text, time: micros, attributes: optional(attributes) }), { maxLength: 3 }),
    links: fc.array(fc.record({ traceId: hex(32), spanId: hex(16), attributes: optional(attributes) }), { maxLength: 3 }),
    input: optional(json),
    output: optional(json),
    resource: attributes,
    scope: fc.record({ name: text, version: optional(text) }),
    source: fc.constantFrom('inferred', 'observed', 'recorded'),
    revision: fc.nat(),
    attempt: fc.nat(),
  })
  .map(({ end, ...rest }) => withoutUndefined({ ...rest, ...(end ?? { status: 'RUNNING' }) }) as unknown as Span);

// Absent means absent: a field that is there and undefined is another value to exactOptionalPropertyTypes and to toStrictEqual.
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, withoutUndefined(member)]),
  );
}
