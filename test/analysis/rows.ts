/** Seconds after a fixed moment, as rows say times. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 3, 29) + seconds * 1_000).toISOString().replace(/\.(\d+)Z$/, '.$1000Z');
}

/** A row of spans. */
export function spanRow(
  name: string,
  dataId: string | undefined,
  [start, end]: readonly [number, number],
  rest: { readonly type?: string | null; readonly batch?: string; readonly parent?: string | null } = {},
): Record<string, unknown> {
  const { type = name === 'dump to storage' ? 'network' : 'compute', batch, parent = name === 'task' ? null : '0xffff' } = rest;
  return {
    name,
    context: { trace_id: `0x${'ab'.repeat(16)}`, span_id: `0x${'01'.repeat(8)}`, trace_state: '[]' },
    kind: 'SpanKind.INTERNAL',
    parent_id: parent,
    start_time: at(start),
    end_time: at(end),
    status: { status_code: 'OK' },
    attributes: {
      ...(dataId === undefined ? {} : { data_id: dataId }),
      ...(type === null ? {} : { 'flowmesh.type': type }),
      ...(batch === undefined ? {} : { batch_id: batch }),
    },
    events: [],
    links: [],
    resource: { attributes: {}, schema_url: '' },
  };
}

export function lineageRow(dataId: string, sourceDataId: string): Record<string, unknown> {
  return { data_id: dataId, source_data_id: sourceDataId, created_at: at(0) };
}
