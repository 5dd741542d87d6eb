import { writeFileSync } from 'node:fs';

const BASE_MICROS = 1_777_420_800_000_000;
const ROWS_PER_TASK = 20;

/**
 * Rows as workers write them, one JSON text each: tasks of twenty spans, with the attributes and the resource that such rows have.
 *
 * @param {number} count
 * @returns {string[]}
 */
export function makeRows(count) {
  return Array.from({ length: count }, (_, place) => {
    const task = `tsk-${Math.floor(place / ROWS_PER_TASK)}`;
    const isRoot = place % ROWS_PER_TASK === ROWS_PER_TASK - 1;
    const kind = place % 4;
    const start = BASE_MICROS + place * 1_000 + ((place * 7) % 997);
    return JSON.stringify({
      name: isRoot ? 'task' : ['model load', 'read', 'generate', 'dump to storage'][kind],
      context: { trace_id: `0x${'ab'.repeat(16)}`, span_id: `0x${place.toString(16).padStart(16, '0')}`, trace_state: '[]' },
      kind: 'SpanKind.INTERNAL',
      parent_id: isRoot ? null : `0x${'1'.repeat(16)}`,
      start_time: iso(start),
      end_time: iso(start + 5_000 + (place % 777)),
      status: { status_code: 'OK' },
      attributes: {
        data_id: task,
        batch_id: task,
        'flowmesh.type': kind % 2 === 0 ? 'compute' : 'network',
        'executor.name': 'gpu',
      },
      events: [],
      links: [],
      resource: { attributes: { 'service.name': 'worker', 'telemetry.sdk.language': 'python' }, schema_url: '' },
    });
  });
}

/** @param {string} path @param {readonly string[]} rows */
export function writeRows(path, rows) {
  writeFileSync(path, rows.map((row) => `${row}\n`).join(''));
}

/** @param {number} micros */
function iso(micros) {
  const milliseconds = Math.floor(micros / 1_000);
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${String(micros - milliseconds * 1_000).padStart(3, '0')}Z`;
}
