import { describe, expect, it } from 'vitest';
import { toChromeTrace } from '../../src/export/chrome-trace.js';
import { toJaeger } from '../../src/export/jaeger-json.js';
import { toZipkin } from '../../src/export/zipkin-v2.js';
import { CLOSED_TRACE, COMPOSE, FIRST_ATTEMPT, GREET, TRACE, WAIT } from '../testing/sample-trace.js';

describe('Jaeger JSON', () => {
  it('names each process once, and the parent of each span', () => {
    const { data } = toJaeger(CLOSED_TRACE);
    const [trace] = data;
    expect(Object.keys(trace?.processes ?? {})).toHaveLength(2);
    const attempt = trace?.spans.find((span) => span.operationName === 'attempt 1');
    expect(attempt).toMatchObject({
      references: [{ refType: 'CHILD_OF', traceID: GREET.traceId, spanID: COMPOSE.spanId }],
      startTime: FIRST_ATTEMPT.startTime,
      duration: 30_000,
    });
    expect(attempt?.tags).toEqual(
      expect.arrayContaining([
        { key: 'error', type: 'bool', value: true },
        { key: 'otel.status_code', type: 'string', value: 'ERROR' },
        { key: 'otel.status_description', type: 'string', value: 'no route to host' },
      ]),
    );
  });

  it('draws an open span to the end of what is known, and warns', () => {
    const wait = toJaeger(TRACE, { openSpans: true }).data[0]?.spans.find((span) => span.operationName === 'wait');
    expect(wait).toMatchObject({ duration: 30_000, warnings: [expect.stringContaining('has not ended')] });
  });
});

describe('Zipkin JSON', () => {
  it('rounds what took no microsecond up to one, as its text asks for', () => {
    const [span] = toZipkin([{ ...GREET, endTime: GREET.startTime }]);
    expect(span?.duration).toBe(1);
  });

  it('leaves out the kind of internal spans, the time of one at the epoch, and the length of one that is open', () => {
    const [epoch, open] = toZipkin([{ ...GREET, kind: 'INTERNAL', startTime: 0, endTime: 5 }, WAIT], { openSpans: true });
    expect(epoch).not.toHaveProperty('kind');
    expect(epoch).not.toHaveProperty('timestamp');
    expect(open).not.toHaveProperty('duration');
  });

  it('marks a failure by its error tag', () => {
    const [span] = toZipkin([FIRST_ATTEMPT]);
    expect(span?.tags).toMatchObject({ error: 'no route to host', 'otel.status_code': 'ERROR', 'everspan.status': 'ERROR' });
  });
});

describe('a Chrome trace', () => {
  it('has a process for each trace and a lane for what nests', () => {
    const other = { ...GREET, traceId: 'f'.repeat(32) };
    const { traceEvents } = toChromeTrace([...CLOSED_TRACE, other]);
    expect(traceEvents.filter((event) => event.ph === 'X').map((event) => [event.name, event.pid, event.tid])).toEqual([
      ['greet', 1, 1],
      ['compose', 1, 1],
      ['attempt 1', 1, 1],
      ['attempt 2', 1, 1],
      ['wait', 1, 1],
      ['greet', 2, 1],
    ]);
  });

  it('shows an event of a span as an instant on its lane', () => {
    const { traceEvents } = toChromeTrace([{ ...GREET, events: [{ name: 'exception', time: GREET.startTime + 7 }] }]);
    expect(traceEvents).toContainEqual(expect.objectContaining({ ph: 'i', name: 'exception', ts: GREET.startTime + 7, tid: 1 }));
  });
});
