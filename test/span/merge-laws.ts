import { createHash } from 'node:crypto';
import type { Span, SpanSource } from '../../src/span/span.js';
import { CLOSED_SPAN, OPEN_SPAN } from './arbitraries.js';

/** What `src/span/merge-span.ts` exports, or a mutant of it. */
export interface MergeModule {
  mergeSpan(known: Span | undefined, event: Span): Span;
  compareSpans(a: Span, b: Span): number;
  mergeKey(span: Span): string;
}

/**
 * The documented order, written down a second time: the first place where the two differ decides.
 *
 * closed over open, recorded over observed over inferred, later end (open: higher revision), higher attempt, greater digest.
 */
export function documentedOrder(a: Span, b: Span): -1 | 0 | 1 {
  const left = places(a);
  const right = places(b);
  for (const [index, place] of left.entries()) {
    const other = right[index] as bigint;
    if (place !== other) return place > other ? 1 : -1;
  }
  return 0;
}

/** The greatest of `events`, by the documented order. */
export function documentedWinner(events: readonly Span[]): Span {
  return events.reduce((greatest, event) => (documentedOrder(event, greatest) > 0 ? event : greatest));
}

const SOURCES_WEAKEST_FIRST: readonly SpanSource[] = ['inferred', 'observed', 'recorded'];
const placesBySpan = new WeakMap<Span, readonly bigint[]>();

function places(span: Span): readonly bigint[] {
  let known = placesBySpan.get(span);
  if (known === undefined) {
    const isClosed = span.status !== 'RUNNING';
    known = [
      isClosed ? 1n : 0n,
      BigInt(SOURCES_WEAKEST_FIRST.indexOf(span.source)),
      BigInt(isClosed ? (span.endTime as number) : span.revision),
      BigInt(span.attempt),
      BigInt(`0x${createHash('sha256').update(sortedJson(span)).digest('hex').slice(0, 32)}`),
    ];
    placesBySpan.set(span, known);
  }
  return known;
}

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const present = Object.entries(value).filter(([, inner]) => inner !== undefined);
  present.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${present.map(([key, inner]) => `${JSON.stringify(key)}:${sortedJson(inner)}`).join()}}`;
}

/** Of each pair the second wins, though everything that is asked later speaks for the first. */
export const DIRECTIONS: readonly (readonly [rule: string, lesser: Span, greater: Span])[] = [
  [
    'closed beats open',
    { ...OPEN_SPAN, source: 'recorded', revision: 9, attempt: 9 },
    { ...CLOSED_SPAN, source: 'inferred', endTime: 0, attempt: 1 },
  ],
  [
    'closed: recorded beats observed',
    { ...CLOSED_SPAN, source: 'observed', endTime: 9_000_000, attempt: 9 },
    { ...CLOSED_SPAN, source: 'recorded', endTime: 1, attempt: 1 },
  ],
  [
    'closed: observed beats inferred',
    { ...CLOSED_SPAN, source: 'inferred', endTime: 9_000_000, attempt: 9 },
    { ...CLOSED_SPAN, source: 'observed', endTime: 1, attempt: 1 },
  ],
  ['open: recorded beats observed', { ...OPEN_SPAN, revision: 9, attempt: 9 }, { ...OPEN_SPAN, source: 'recorded' }],
  ['open: observed beats inferred', { ...OPEN_SPAN, source: 'inferred', revision: 9, attempt: 9 }, OPEN_SPAN],
  [
    'the later end wins, in spite of attempt, revision and start',
    { ...CLOSED_SPAN, endTime: 999_999, attempt: 9, revision: 9, startTime: 7_000_000 },
    { ...CLOSED_SPAN, endTime: 1_000_000, attempt: 1, revision: 0, startTime: 1 },
  ],
  ['an end at the epoch is an end', { ...OPEN_SPAN, revision: 1 }, { ...CLOSED_SPAN, endTime: 0 }],
  [
    'open: the higher revision wins, in spite of attempt and start',
    { ...OPEN_SPAN, revision: 9, attempt: 9, startTime: 7_000_000 },
    { ...OPEN_SPAN, revision: 10, attempt: 1, startTime: 1 },
  ],
  ['closed: the higher attempt wins', { ...CLOSED_SPAN, attempt: 9 }, { ...CLOSED_SPAN, attempt: 10 }],
  ['open: the higher attempt wins', { ...OPEN_SPAN, attempt: 1 }, { ...OPEN_SPAN, attempt: 2 }],
];

/** Spans of every combination that the order looks at, with numbers whose order as text is another one. */
const POPULATION: readonly Span[] = (() => {
  const spans: Span[] = [];
  for (const source of SOURCES_WEAKEST_FIRST) {
    for (const attempt of [0, 9, 10]) {
      for (const name of ['one', 'other', 'third']) {
        const common = { ...OPEN_SPAN, source, attempt, name };
        for (const revision of [0, 9, 10, 999_999_999_999_999, Number.MAX_SAFE_INTEGER]) spans.push({ ...common, revision });
        for (const endTime of [0, 9, 10, 999_999_999_999_999, 8_640_000_000_000_000]) {
          // The revision of a closed span points the other way: it must not count.
          spans.push({ ...common, endTime, status: 'OK', revision: endTime > 9 ? 0 : 99 });
        }
      }
    }
  }
  return spans;
})();

/** Every law of merging that `merge` breaks, as sentences; none for the real one. */
export function brokenLaws(merge: MergeModule): string[] {
  const broken: string[] = [];
  const law = (holds: boolean, sentence: string): void => {
    if (!holds) broken.push(sentence);
  };

  law(winnerOf(merge, undefined, OPEN_SPAN) === OPEN_SPAN, 'the first event stays as it is');
  law(winnerOf(merge, CLOSED_SPAN, { ...CLOSED_SPAN }) === CLOSED_SPAN, 'a repeat changes nothing, not even the object');
  law(
    codeOf(() => merge.mergeSpan(OPEN_SPAN, { ...CLOSED_SPAN, spanId: '1'.repeat(16) })) === 'SPAN_ID_MISMATCH',
    'other span ids are refused',
  );
  law(
    codeOf(() => merge.mergeSpan(OPEN_SPAN, { ...CLOSED_SPAN, traceId: '1'.repeat(32) })) === 'TRACE_ID_MISMATCH',
    'other trace ids are refused',
  );

  for (const [rule, lesser, greater] of DIRECTIONS) {
    // Other names turn the digests round: no rule may hold by their chance.
    for (const [one, other] of [
      ['a', 'b'],
      ['b', 'a'],
      ['c', 'a'],
      ['a', 'c'],
    ] as const) {
      const losing = { ...lesser, name: one };
      const winning = { ...greater, name: other };
      law(winnerOf(merge, losing, winning) === winning, `${rule} (first, then second)`);
      law(winnerOf(merge, winning, losing) === winning, `${rule} (second, then first)`);
      law(merge.mergeKey(winning) > merge.mergeKey(losing), `${rule}, by its key`);
    }
  }

  for (const span of POPULATION) law(merge.compareSpans(span, { ...span }) === 0, 'equal events compare as equal');
  const keys = new Map(POPULATION.map((span) => [span, merge.mergeKey(span)]));
  for (const a of POPULATION) {
    for (const b of POPULATION) {
      if (a === b) continue;
      const order = documentedOrder(a, b);
      law(Math.sign(merge.compareSpans(a, b)) === order, 'compareSpans is the documented order');
      law(compareKeys(keys.get(a) as string, keys.get(b) as string) === order, 'mergeKey is the documented order');
      law(winnerOf(merge, a, b) === (order > 0 ? a : b), 'the greater event stays');
    }
  }
  return [...new Set(broken)];
}

/** How a store compares keys: by code unit and by byte, which must agree. */
export function compareKeys(a: string, b: string): number {
  const byByte = Buffer.compare(Buffer.from(a), Buffer.from(b));
  const byCodeUnit = a === b ? 0 : a > b ? 1 : -1;
  return byByte === byCodeUnit ? byByte : Number.NaN;
}

function winnerOf(merge: MergeModule, known: Span | undefined, event: Span): Span | undefined {
  try {
    return merge.mergeSpan(known, event);
  } catch {
    // A mutant that throws here has no winner, which breaks the law that asks.
    return undefined;
  }
}

function codeOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}
