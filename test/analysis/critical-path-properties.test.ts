import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findCriticalPath } from '../../src/analysis/critical-path.js';
import { SEGMENT_TYPES } from '../../src/analysis/path-model.js';
import type { Span, SpanStatus } from '../../src/span/span.js';
import { madeSpan } from './drawn-spans.js';
import { slowestPath } from './slow-path.js';

const RUNS = 2_000;
const TRACE_ID = 'abababababababababababababababab';
const TYPES = [
  'custom',
  'workflow',
  'activity',
  'local_activity',
  'attempt',
  'timer',
  'child_workflow',
  'signal',
  'signal_handler',
  'update_handler',
  'nexus_operation',
  'nexus_handler',
  'client_start',
  'task',
  'operation',
];
const STATUSES: SpanStatus[] = ['OK', 'OK', 'OK', 'ERROR', 'CANCELED', 'TIMED_OUT'];
const NAMES = ['a', 'b', 'task', 'dump to storage', 'queuing for execution'];

/** Few moments, so that many are equal. */
const moment = fc.integer({ min: 0, max: 12 });

const anySpan = fc.record({
  parent: fc.integer({ min: -2, max: 14 }),
  startTime: moment,
  endTime: fc.option(moment, { nil: undefined, freq: 8 }),
  type: fc.constantFrom(...TYPES),
  status: fc.constantFrom(...STATUSES),
  name: fc.constantFrom(...NAMES),
  link: fc.option(fc.integer({ min: 0, max: 14 }), { nil: undefined }),
  isRunLink: fc.boolean(),
  run: fc.integer({ min: 0, max: 2 }),
  data: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  scheduled: fc.option(moment, { nil: undefined }),
  attempt: fc.integer({ min: 1, max: 3 }),
});
const anySpans = fc.array(anySpan, { minLength: 1, maxLength: 15 }).map((drawn) =>
  drawn.map(
    (one, index): Span =>
      madeSpan({
        spanId: `s${index}`,
        ...(one.parent === -1 ? {} : { parentId: `s${one.parent}` }),
        name: one.name,
        type: one.type,
        startTime: one.startTime,
        ...(one.endTime === undefined ? { status: 'RUNNING' } : { endTime: one.endTime, status: one.status }),
        attempt: one.attempt,
        attributes: {
          'temporal.run.id': `run${one.run}`,
          ...(one.data === undefined ? {} : { data_id: `d${one.data}` }),
          ...(one.scheduled === undefined ? {} : { 'temporal.activity.attempt_scheduled_time': one.scheduled }),
        },
        links:
          one.link === undefined
            ? []
            : [
                {
                  traceId: TRACE_ID,
                  spanId: `s${one.link}`,
                  ...(one.isRunLink ? { attributes: { 'everspan.link': 'continued_from' } } : {}),
                },
              ],
      }),
  ),
);
const anyLineage = fc.array(
  fc.record({ dataId: fc.constantFrom('d0', 'd1', 'd2', 'd3'), sourceDataId: fc.constantFrom('d0', 'd1', 'd2', 'd3') }),
  { maxLength: 6 },
);

test('the segments of any graph cover its root exactly, in whole microseconds, and the types sum to the whole', () => {
  const seen = { provisional: 0, dependency: 0, detached: 0, severalRoots: 0 };
  fc.assert(
    fc.property(anySpans, anyLineage, fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }), (spans, lineage, now) => {
      const path = findCriticalPath(spans, { lineage, now, top: 10_000 });
      expect(path).toBeDefined();
      if (path === undefined) return;
      let time = path.startTime;
      for (const segment of path.segments) {
        expect(segment.startTime).toBe(time);
        expect(segment.endTime).toBeGreaterThanOrEqual(segment.startTime);
        expect(Number.isInteger(segment.startTime)).toBe(true);
        time = segment.endTime;
      }
      expect(time).toBe(path.endTime);
      expect(SEGMENT_TYPES.reduce((sum, type) => sum + path.totals[type], 0)).toBe(path.endTime - path.startTime);
      expect(path.contributors.reduce((sum, { micros }) => sum + micros, 0)).toBe(path.endTime - path.startTime);
      expect(path.leftOut).toEqual({ segments: 0, segmentsMicros: 0, contributors: 0, contributorsMicros: 0, detached: 0 });
      if (path.isProvisional) seen.provisional += 1;
      if (path.segments.some(({ via }) => via === 'lineage' || via === 'signal' || via === 'continued_from'))
        seen.dependency += 1;
      if (path.detached.length > 0) seen.detached += 1;
      if (path.root.spanId === undefined) seen.severalRoots += 1;
    }),
    { numRuns: RUNS },
  );
  // The generator reaches what it is for.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 50);
});

test('the order in which spans are handed in changes nothing', () => {
  fc.assert(
    fc.property(anySpans, anyLineage, fc.infiniteStream(fc.nat()), (spans, lineage, keys) => {
      const shuffled = spans
        .map((span) => ({ span, key: keys.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ span }) => span);
      expect(findCriticalPath(shuffled, { lineage })).toEqual(findCriticalPath(spans, { lineage }));
    }),
    { numRuns: RUNS },
  );
});

test('a shorter list is a part of the whole one, and what it leaves out is the rest', () => {
  fc.assert(
    fc.property(anySpans, fc.integer({ min: 0, max: 10 }), (spans, top) => {
      const whole = findCriticalPath(spans, { top: 10_000 });
      const cut = findCriticalPath(spans, { top });
      if (whole === undefined || cut === undefined) return;
      const texts = whole.segments.map((segment) => JSON.stringify(segment));
      let place = 0;
      for (const segment of cut.segments) {
        place = texts.indexOf(JSON.stringify(segment), place) + 1;
        expect(place).toBeGreaterThan(0);
      }
      expect(cut.segments.length).toBe(Math.min(top, texts.length));
      expect(cut.leftOut.segments).toBe(texts.length - cut.segments.length);
      const shown = cut.segments.reduce((sum, { startTime, endTime }) => sum + endTime - startTime, 0);
      expect(shown + cut.leftOut.segmentsMicros).toBe(whole.endTime - whole.startTime);
      expect(cut.totals).toEqual(whole.totals);
    }),
    { numRuns: RUNS },
  );
});

test('over a plain tree the path is that of the definition, tried out slowly', () => {
  const tree = fc
    .array(fc.record({ above: fc.nat(), startTime: moment, length: fc.integer({ min: 0, max: 8 }) }), { maxLength: 12 })
    .map((drawn) => [
      madeSpan({ spanId: 's00', name: 's00', startTime: 0, endTime: 14 }),
      ...drawn.map(({ above, startTime, length }, index) => {
        const id = `s${String(index + 1).padStart(2, '0')}`;
        const parentId = `s${String(above % (index + 1)).padStart(2, '0')}`;
        return madeSpan({ spanId: id, parentId, name: id, startTime, endTime: startTime + length });
      }),
    ]);
  fc.assert(
    fc.property(tree, (spans) => {
      const path = findCriticalPath(spans, { top: 10_000 });
      const told = path?.segments
        .filter(({ startTime, endTime }) => endTime > startTime)
        .map(({ name, startTime, endTime }) => `${name} ${startTime}-${endTime}`);
      expect(told).toEqual(slowestPath(spans));
    }),
    { numRuns: RUNS },
  );
});
