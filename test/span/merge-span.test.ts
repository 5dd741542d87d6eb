import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/span/canonical-json.js';
import { compareSpans, mergeKey, mergeSpan } from '../../src/span/merge-span.js';
import type { Span, SpanSource, SpanStatus } from '../../src/span/span.js';
import { OPEN_SPAN, validSpans } from './arbitraries.js';
import { compareKeys, documentedOrder, documentedWinner } from './merge-laws.js';

const SETS = 10_000;
/** Only so that a hang ends: a slow machine takes a minute. */
const DEADLINE_MS = 300_000;
/** Sets of up to so many events are merged in every order there is, larger ones in so many random orders. */
const PERMUTED_EVENTS_MAX = 5;
const SHUFFLES = 24;

// Times, attempts and names come from few values, so that events often tie and the later comparisons are reached.
const fewTimes = fc.integer({ min: 1_000, max: 1_004 });
const sources = fc.constantFrom<SpanSource>('observed', 'observed', 'observed', 'recorded', 'inferred');
const statuses = fc.constantFrom<SpanStatus>('OK', 'ERROR', 'CANCELED');

const starts: fc.Arbitrary<Span> = fc
  .record({
    startTime: fewTimes,
    source: sources,
    revision: fc.integer({ min: 0, max: 2 }),
    attempt: fc.integer({ min: 1, max: 2 }),
    name: fc.constantFrom('a', 'b'),
  })
  .map((fields) => ({ ...OPEN_SPAN, ...fields }));

const ends: fc.Arbitrary<Span> = fc
  .tuple(starts, fewTimes, statuses)
  .map(([start, endTime, status]) => ({ ...start, endTime, status }));

/** START and END of one run of the work, and the same again later with the same ids, as after a reset. */
const resets: fc.Arbitrary<Span[]> = fc.tuple(ends, fc.integer({ min: 1, max: 3 })).map(([end, laterBy]) => {
  const { endTime: _endTime, ...open } = end;
  const start: Span = { ...open, status: 'RUNNING' };
  const later = (span: Span): Span => ({
    ...span,
    startTime: span.startTime + laterBy,
    ...(span.endTime === undefined ? {} : { endTime: span.endTime + laterBy }),
  });
  return [start, end, later(start), later(end)];
});

const eventSets: fc.Arbitrary<Span[]> = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.oneof(starts, ends, ends), { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(fc.oneof(starts, ends), { minLength: 5, maxLength: 9 }) },
  { weight: 1, arbitrary: fc.array(fc.oneof(starts, validSpans.map(sameIds)), { minLength: 2, maxLength: 4 }) },
  { weight: 2, arbitrary: resets },
);

function sameIds(span: Span): Span {
  return { ...span, spanId: OPEN_SPAN.spanId, traceId: OPEN_SPAN.traceId };
}

/** What a set holds, found in its events and not in how they were made. */
const SITUATIONS: Readonly<Record<string, (events: readonly Span[]) => boolean>> = {
  'rival ENDs': (events) => somePair(events.filter(isClosed), (a, b) => canonicalJson(a) !== canonicalJson(b)),
  'equal times': (events) =>
    somePair(
      events,
      (a, b) => isClosed(a) === isClosed(b) && progress(a) === progress(b) && canonicalJson(a) !== canonicalJson(b),
    ),
  'an end before its start': (events) => events.some((event) => isClosed(event) && (event.endTime as number) < event.startTime),
  'a clock that jumped back': (events) =>
    somePair(
      events,
      (a, b) => a.startTime < b.startTime && isClosed(a) && isClosed(b) && (a.endTime as number) > (b.endTime as number),
    ),
  'a reset': (events) =>
    somePair(events.filter(isClosed), (a, b) => {
      const isLater = a.startTime < b.startTime && (a.endTime as number) < (b.endTime as number);
      return isLater && hasStart(a, events) && hasStart(b, events);
    }),
  'an inferred event': (events) => events.some((event) => event.source === 'inferred'),
  'a recorded event': (events) => events.some((event) => event.source === 'recorded'),
};

function hasStart(end: Span, events: readonly Span[]): boolean {
  return events.some((start) => !isClosed(start) && start.startTime === end.startTime);
}

function isClosed(span: Span): boolean {
  return span.endTime !== undefined;
}

function progress(span: Span): number {
  return span.endTime ?? span.revision;
}

function somePair(events: readonly Span[], isWanted: (a: Span, b: Span) => boolean): boolean {
  return events.some((a) => events.some((b) => isWanted(a, b)));
}

describe('merging the events of a span', () => {
  it(`gives the same bits in any order, repetition and grouping, over ${SETS} sets`, { timeout: DEADLINE_MS }, () => {
    const counts = new Map<string, number>(Object.keys(SITUATIONS).map((situation) => [situation, 0]));
    let setCount = 0;
    fc.assert(
      fc.property(eventSets, fc.integer(), (events, seed) => {
        setCount += 1;
        for (const [situation, isThere] of Object.entries(SITUATIONS)) {
          if (isThere(events)) counts.set(situation, (counts.get(situation) as number) + 1);
        }
        const random = seededRandom(seed);
        const wanted = canonicalJson(documentedWinner(events));
        const textOf = cachedText(events);
        const orders = events.length <= PERMUTED_EVENTS_MAX ? permutations(events) : shuffles(events, SHUFFLES, random);
        for (const order of orders) {
          const ways = [
            mergeInTurn(order),
            mergeInTurn(withRepeats(order, random)),
            mergeGrouped(withRepeats(order, random), random),
          ];
          expect(ways.map(textOf)).toEqual([wanted, wanted, wanted]);
        }
      }),
      { numRuns: SETS },
    );
    expect(setCount).toBeGreaterThanOrEqual(SETS);
    for (const [situation, count] of counts) {
      expect(count / setCount, `share of sets with ${situation}`).toBeGreaterThanOrEqual(0.05);
    }
  });

  it('is one order, by comparison and by key', { timeout: DEADLINE_MS }, () => {
    fc.assert(
      fc.property(eventSets, (events) => {
        for (const a of events) {
          for (const b of events) {
            expect(Math.sign(compareSpans(a, b))).toBe(documentedOrder(a, b));
            expect(compareKeys(mergeKey(a), mergeKey(b))).toBe(documentedOrder(a, b));
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is what a store does that keeps the event with the greater key', { timeout: DEADLINE_MS }, () => {
    fc.assert(
      fc.property(eventSets, (events) => {
        let row: { key: string; event: Span } | undefined;
        for (const event of events) {
          const key = mergeKey(event);
          if (row === undefined || key > row.key) row = { key, event };
        }
        expect(canonicalJson(row?.event)).toBe(canonicalJson(mergeInTurn(events)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses events of different spans and names both', () => {
    const spanId = '1'.repeat(16);
    const traceId = '2'.repeat(32);
    expect(() => mergeSpan(OPEN_SPAN, { ...OPEN_SPAN, spanId })).toThrow(
      expect.objectContaining({
        name: 'InvalidSpanError',
        code: 'SPAN_ID_MISMATCH',
        spanId: OPEN_SPAN.spanId,
        message: expect.stringContaining(spanId) as unknown,
      }),
    );
    expect(() => mergeSpan(OPEN_SPAN, { ...OPEN_SPAN, traceId })).toThrow(
      expect.objectContaining({
        name: 'InvalidSpanError',
        code: 'TRACE_ID_MISMATCH',
        message: expect.stringContaining(traceId) as unknown,
      }),
    );
  });
});

function mergeInTurn(events: readonly Span[]): Span {
  let known: Span | undefined;
  for (const event of events) known = mergeSpan(known, event);
  return known as Span;
}

/** Cuts the events in two at a random place, merges each part the same way, then the two results. */
function mergeGrouped(events: readonly Span[], random: () => number): Span {
  if (events.length <= 1) return events[0] as Span;
  const cut = 1 + Math.floor(random() * (events.length - 1));
  return mergeSpan(mergeGrouped(events.slice(0, cut), random), mergeGrouped(events.slice(cut), random));
}

/** The same events with up to two of them once more, somewhere. A repeat is equal but another object, as after a retry. */
function withRepeats(events: readonly Span[], random: () => number): Span[] {
  const repeated = [...events];
  for (let count = Math.floor(random() * 3); count > 0; count -= 1) {
    const again = events[Math.floor(random() * events.length)] as Span;
    repeated.splice(Math.floor(random() * (repeated.length + 1)), 0, { ...again });
  }
  return repeated;
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length <= 1) {
    yield [...items];
    return;
  }
  for (const [index, first] of items.entries()) {
    for (const rest of permutations(items.toSpliced(index, 1))) yield [first, ...rest];
  }
}

function* shuffles<T>(items: readonly T[], count: number, random: () => number): Generator<T[]> {
  for (let done = 0; done < count; done += 1) {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = Math.floor(random() * (last + 1));
      [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
    }
    yield shuffled;
  }
}

/** Text of a merge result: of an event of the set itself it is written once. */
function cachedText(events: readonly Span[]): (span: Span) => string {
  const texts = new Map(events.map((event) => [event, canonicalJson(event)]));
  return (span) => texts.get(span) ?? canonicalJson(span);
}

/** Numbers in [0, 1) that the seed of a failed run brings back (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
