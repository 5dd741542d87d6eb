import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { EXPORT_FORMATS, type ExportFormat } from '../../src/export/export-format.js';
import { exportTrace } from '../../src/export/export-trace.js';
import { parseJsonlRow } from '../../src/wire/parse-jsonl-row.js';
import { validSpans } from '../span/arbitraries.js';
import { CLOSED_TRACE, TRACE } from '../testing/sample-trace.js';
import { CHROME_TRACE, JAEGER_TRACES, OTLP_TRACES, ZIPKIN_SPANS } from './published-shapes.js';

const text = (...args: Parameters<typeof exportTrace>): string => [...exportTrace(...args)].join('');
const SHAPES: readonly (readonly [ExportFormat, z.ZodType])[] = [
  ['otlp', OTLP_TRACES],
  ['jaeger', JAEGER_TRACES],
  ['zipkin', ZIPKIN_SPANS],
  ['chrome', CHROME_TRACE],
];

describe.each(SHAPES)('the %s export', (format, shape) => {
  it('has the published shape, whatever the spans hold', () => {
    fc.assert(
      fc.property(fc.array(validSpans, { maxLength: 6 }), fc.boolean(), (spans, openSpans) => {
        const result = shape.safeParse(JSON.parse(text(spans, format, { openSpans })));
        expect(result.success ? undefined : result.error.message).toBeUndefined();
      }),
      { numRuns: 250 },
    );
  });

  it('comes in pieces of one span or less', () => {
    const many = Array.from({ length: 1_000 }, () => CLOSED_TRACE).flat();
    const longest = [...exportTrace(many, format)].reduce((length, piece) => Math.max(length, piece.length), 0);
    expect(longest).toBeLessThan(4_000);
  });
});

describe('every export', () => {
  const formats = Object.keys(EXPORT_FORMATS) as ExportFormat[];

  it.each(formats)('as %s takes no spans, and ends with a line break where it says anything', (format) => {
    const empty = text([], format);
    expect(empty === '' || empty.endsWith('\n')).toBe(true);
    expect(text(TRACE, format)).toMatch(/\n$/);
  });

  it.each([
    ['otlp', false],
    ['jaeger', false],
    ['zipkin', false],
    ['chrome', true],
    ['folded', true],
    ['mermaid', true],
    ['jsonl', true],
    ['html', true],
  ] as const)('as %s has open spans unless told otherwise: %s', (format, hasThem) => {
    expect(text(TRACE, format).includes('wait')).toBe(hasThem);
    expect(text(TRACE, format, { openSpans: true })).toContain('wait');
    expect(text(TRACE, format, { openSpans: false })).not.toContain('wait');
  });
});

it('as JSONL reads back as the spans that it was made from', () => {
  fc.assert(
    fc.property(fc.array(validSpans, { maxLength: 4 }), (spans) => {
      const lines = text(spans, 'jsonl').split('\n').slice(0, -1);
      expect(lines.map(parseJsonlRow)).toEqual(spans);
    }),
    { numRuns: 200 },
  );
});
