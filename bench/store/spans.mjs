import { createHash } from 'node:crypto';

/** @typedef {import('everspan').Span} Span */

const STARTED_AT_MICROS = 1_778_500_800_000_000;

/**
 * The spans of one trace as a workflow's activities make them, open; ids rise with the ordinal, as ids of time do.
 *
 * @param {number} ordinal
 * @param {number} spanCount
 * @returns {Span[]}
 */
export function openTrace(ordinal, spanCount) {
  const traceId = `0197${ordinal.toString(16).padStart(8, '0')}${digest(`trace ${ordinal}`, 20)}`;
  const rootId = digest(`span ${ordinal} 0`, 16);
  return Array.from({ length: spanCount }, (_, index) => ({
    spanId: index === 0 ? rootId : digest(`span ${ordinal} ${index}`, 16),
    traceId,
    ...(index === 0 ? {} : { parentId: rootId }),
    name: index === 0 ? 'workflow order' : 'activity chargeCard',
    kind: index === 0 ? 'SERVER' : 'CLIENT',
    type: index === 0 ? 'workflow' : 'activity',
    startTime: STARTED_AT_MICROS + ordinal * 1_000_000 + index * 1_000,
    status: 'RUNNING',
    attributes: {
      'temporal.namespace': 'default',
      'temporal.workflow.id': `order-${ordinal}`,
      'temporal.workflow.type': 'order',
      'temporal.run.id': `01970000-0000-7000-8000-${String(ordinal).padStart(12, '0')}`,
      'temporal.activity.id': String(index),
      'temporal.task_queue': 'orders',
    },
    events: [],
    links: [],
    resource: { 'service.name': 'orders', 'service.instance.id': 'worker-1', 'host.name': 'host-1', 'process.pid': 4_711 },
    scope: { name: 'everspan', version: '0.1.0' },
    source: 'observed',
    revision: 0,
    attempt: 1,
  }));
}

/** The same, ended. @param {readonly Span[]} spans @returns {Span[]} */
export function ended(spans) {
  return spans.map((span) => ({ ...span, endTime: span.startTime + 500_000, status: 'OK' }));
}

/** @param {string} text @param {number} length */
function digest(text, length) {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
