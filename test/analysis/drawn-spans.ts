import type { Attributes, Span } from '../../src/span/span.js';

/** What a drawing cannot say, by the name of the span. */
export type Details = Readonly<Record<string, Partial<Omit<Span, 'attributes'>> & { readonly attributes?: Attributes }>>;

/**
 * Spans from a drawing: a line each, the indentation says under which, `name:type` what, and the bars when, a microsecond a column.
 *
 * ```
 * root        |--------|     0 to 9
 *   a:timer   |--|           0 to 3
 *   b            |           3, no length
 *   c            |---->      from 3, still open
 * ```
 * Column 0 is that of the first line's first bar, unless an earlier one is drawn. A parent that is not the line above by indentation is
 * given as `parentId` in `details`; ids are made from the names.
 */
export function drawnSpans(drawing: string, details: Details = {}): Span[] {
  const lines = drawing.split('\n').filter((line) => line.trim() !== '');
  const origin = Math.min(...lines.map((line) => line.indexOf('|')));
  const above: { readonly indent: number; readonly id: string }[] = [];
  return lines.map((line) => {
    const indent = line.search(/\S/);
    const [, name, type] = /^\s*([\w .-]+?)(?::(\w+))?\s*(?=\|)/.exec(line) as unknown as [string, string, string | undefined];
    while (above.length > 0 && (above.at(-1)?.indent as number) >= indent) above.pop();
    const parentId = above.at(-1)?.id;
    above.push({ indent, id: idOf(name) });
    const start = line.indexOf('|');
    const isOpen = line.trimEnd().endsWith('>');
    const { attributes, ...rest } = details[name] ?? {};
    return madeSpan({
      spanId: idOf(name),
      ...(parentId === undefined ? {} : { parentId }),
      name,
      type: type ?? 'custom',
      startTime: start - origin,
      ...(isOpen ? { status: 'RUNNING' } : { endTime: line.lastIndexOf('|') - origin, status: 'OK' }),
      ...rest,
      attributes: attributes ?? {},
    });
  });
}

/** The id of the span that is drawn with this name. */
export function idOf(name: string): string {
  return Buffer.from(name.padEnd(8, '\0').slice(0, 8)).toString('hex');
}

/** `given` made whole. */
export function madeSpan(given: Partial<Span>): Span {
  return {
    spanId: '0000000000000001',
    traceId: 'abababababababababababababababab',
    name: 'span',
    kind: 'INTERNAL',
    type: 'custom',
    startTime: 0,
    status: 'OK',
    attributes: {},
    events: [],
    links: [],
    resource: {},
    scope: { name: 'test' },
    source: 'observed',
    revision: 0,
    attempt: 1,
    ...given,
  };
}
