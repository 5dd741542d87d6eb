import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateSpan } from '../../src/span/validate-span.js';
import type { SpanBatch } from '../../src/wire/span-batch.js';
import { toWireSpan } from '../../src/wire/to-wire-span.js';
import { fromWireBatch, validateSpanBatch } from '../../src/wire/wire-span.js';
import { attributeSets, CLOSED_SPAN, OPEN_SPAN, validSpans } from '../span/arbitraries.js';

const RESOURCE = { 'service.name': 'deliverer' };
const SCOPE = { name: 'everspan', version: '1.2.3' };
const BATCH: SpanBatch = {
  v: 1,
  traceId: OPEN_SPAN.traceId,
  shared: {},
  spans: [toWireSpan(OPEN_SPAN), toWireSpan(CLOSED_SPAN)],
};

function outcomeOf(candidate: unknown): string {
  try {
    validateSpanBatch(candidate);
    return 'a batch';
  } catch (error) {
    return (error as Error).name;
  }
}

const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a span on the wire', () => {
  it('comes back whole, whatever it holds', () => {
    fc.assert(
      fc.property(validSpans, (span) => {
        const batch = overTheWire({ v: 1, traceId: span.traceId, shared: {}, spans: [toWireSpan(span)] });
        const checked = validateSpanBatch(batch);
        expect(checked.rejected).toEqual([]);
        const [back] = fromWireBatch(checked.batch, span.resource, span.scope);
        expect(back).toEqual({ ...span, source: 'observed' });
        expect(() => validateSpan(back)).not.toThrow();
      }),
      { numRuns: 1_000 },
    );
  });

  it('carries no default and nothing that its batch says once', () => {
    expect(Object.keys(toWireSpan(OPEN_SPAN))).toEqual(['spanId', 'name', 'kind', 'type', 'startTime', 'status']);
    expect(toWireSpan({ ...OPEN_SPAN, revision: 1, attempt: 2 })).toMatchObject({ revision: 1, attempt: 2 });
    expect(toWireSpan({ ...OPEN_SPAN, attempt: 0 })).toMatchObject({ attempt: 0 });
  });

  it('has the shared attributes under its own', () => {
    fc.assert(
      fc.property(attributeSets, attributeSets, (shared, own) => {
        const [span] = fromWireBatch(
          { ...BATCH, shared, spans: [toWireSpan({ ...OPEN_SPAN, attributes: own })] },
          RESOURCE,
          SCOPE,
        );
        expect(span?.attributes).toEqual({ ...shared, ...own });
      }),
    );
  });

  it('takes resource and scope from the process that delivers it', () => {
    for (const span of fromWireBatch(BATCH, RESOURCE, SCOPE)) {
      expect(span).toMatchObject({ resource: RESOURCE, scope: SCOPE, source: 'observed', revision: 0, attempt: 1 });
    }
  });
});

describe('a batch', () => {
  const wire = toWireSpan(OPEN_SPAN);

  it.each([
    ['NOT_AN_OBJECT', undefined],
    ['NOT_AN_OBJECT', null],
    ['NOT_AN_OBJECT', 'text'],
    ['NOT_AN_OBJECT', [BATCH]],
    ['UNKNOWN_VERSION', { ...BATCH, v: 2 }],
    ['UNKNOWN_VERSION', {}],
    ['INVALID_TRACE_ID', { ...BATCH, traceId: 'abc' }],
    ['INVALID_TRACE_ID', { ...BATCH, traceId: '0'.repeat(32) }],
    ['INVALID_SHARED', { ...BATCH, shared: undefined }],
    ['INVALID_SHARED', { ...BATCH, shared: { nested: {} } }],
    ['INVALID_SPANS', { ...BATCH, spans: { 0: wire } }],
    ['INVALID_DROPPED', { ...BATCH, dropped: { budget: -1 } }],
    ['INVALID_DROPPED', { ...BATCH, dropped: [] }],
  ])('is refused as %s: %j', (code, candidate) => {
    expect(() => validateSpanBatch(candidate)).toThrow(expect.objectContaining({ name: 'InvalidSpanBatchError', code }));
  });

  it('keeps its good spans when others are bad, and says what was wrong with each', () => {
    const spans = [
      null,
      wire,
      { ...wire, spanId: 'x' },
      { ...wire, startTime: Number.NaN },
      7,
      { ...wire, attributes: [] },
      wire,
    ];
    const checked = validateSpanBatch({ ...BATCH, spans });
    expect(checked.batch.spans).toEqual([wire, wire]);
    expect(checked.rejected.map(({ index, error }) => [index, error.code])).toEqual([
      [0, 'NOT_AN_OBJECT'],
      [2, 'INVALID_SPAN_ID'],
      [3, 'INVALID_TIME'],
      [4, 'NOT_AN_OBJECT'],
      [5, 'INVALID_FIELD'],
    ]);
  });

  it('passes on what the run says of the batch, and nothing that it does not know', () => {
    const known = { ...BATCH, dropped: { budget: 3 }, last: true, samplingUndecided: true, captureUndecided: true };
    expect(validateSpanBatch({ ...known, later: true }).batch).toEqual(known);
    expect(validateSpanBatch({ ...BATCH, last: 1, samplingUndecided: 'yes', captureUndecided: 1 }).batch).toEqual(BATCH);
    expect(validateSpanBatch(BATCH).batch).toEqual(BATCH);
  });

  it('throws nothing but its own error, whatever it is handed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.array(fc.anything()).map((spans) => ({ ...BATCH, spans })),
        ),
        (candidate) => {
          expect(outcomeOf(candidate)).toMatch(/^a batch$|^InvalidSpanBatchError$/);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
