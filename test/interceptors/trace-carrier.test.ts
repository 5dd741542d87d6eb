import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import {
  readTemporalHeaders,
  readTextHeaders,
  writeTemporalHeaders,
  writeTextHeaders,
} from '../../src/interceptors/trace-carrier.js';
import { decodeTraceHeader } from '../../src/wire/trace-header.js';
import { TRACE_ID } from '../helpers/spans.js';

const PLACE = {
  traceId: TRACE_ID,
  spanId: '00f067aa0ba902b7',
  isSampled: false,
  keepErrors: true,
  owner: 'team',
  tracestate: 'vendor=1',
  baggage: 'tenant=a',
} as const;

describe('trace carrier', () => {
  it('comes out of headers as it went in, of a call and of a Nexus request', () => {
    expect(readTemporalHeaders(writeTemporalHeaders({}, PLACE))).toEqual(PLACE);
    expect(readTextHeaders(writeTextHeaders({ other: 'x' }, PLACE))).toEqual(PLACE);
  });

  it('prefers our own header to the W3C carrier, and takes tracestate and baggage from that', () => {
    const carrier = { traceparent: '00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01', tracestate: 'theirs=1' };
    const headers = writeTemporalHeaders({ '_tracer-data': defaultPayloadConverter.toPayload(carrier) }, PLACE);
    expect(readTemporalHeaders(headers)).toMatchObject({ traceId: TRACE_ID, spanId: PLACE.spanId, tracestate: 'theirs=1' });
  });

  it('says that it is a link only, in a header that is read back so', () => {
    const headers = writeTemporalHeaders({}, PLACE, { isLinkOnly: true });
    const decoded = decodeTraceHeader(
      defaultPayloadConverter.fromPayload(headers['everspan'] as NonNullable<(typeof headers)[string]>),
    );
    expect(decoded).toEqual({ v: 1, t: TRACE_ID, s: PLACE.spanId, f: 0, o: 'team', k: 1, l: 1 });
    expect(Object.keys(headers)).toEqual(['everspan']);
  });

  it('leaves a traceparent of a Nexus request that is there, in any case', () => {
    const written = writeTextHeaders({ TraceParent: 'theirs' }, PLACE);
    expect(written).toMatchObject({ TraceParent: 'theirs' });
    expect(Object.keys(written)).toEqual(['TraceParent', 'everspan']);
  });

  it('is absent where nobody wrote one', () => {
    expect(readTemporalHeaders({})).toBeUndefined();
    expect(readTextHeaders({ accept: '*/*' })).toBeUndefined();
  });
});
