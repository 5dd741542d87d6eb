import type { Span } from '../../src/span/span.js';
import { CLOSED_SPAN, OPEN_SPAN } from '../span/arbitraries.js';

export function spanId(number: number): string {
  return number.toString(16).padStart(16, '0');
}

const at = (fromMs: number, toMs: number): Pick<Span, 'startTime' | 'endTime'> => ({
  startTime: 1_000_000_000 + fromMs * 1_000,
  endTime: 1_000_000_000 + toMs * 1_000,
});

export const GREET: Span = {
  ...CLOSED_SPAN,
  spanId: spanId(1),
  name: 'greet',
  type: 'workflow',
  ...at(0, 120),
  attributes: { 'temporal.workflow.id': 'greet-7' },
};
export const COMPOSE: Span = {
  ...CLOSED_SPAN,
  spanId: spanId(2),
  parentId: spanId(1),
  name: 'compose',
  ...at(10, 90),
  resource: { 'process.pid': 4711 },
};
export const FIRST_ATTEMPT: Span = {
  ...CLOSED_SPAN,
  spanId: spanId(3),
  parentId: spanId(2),
  name: 'attempt 1',
  type: 'attempt',
  status: 'ERROR',
  statusMessage: 'no route to host',
  ...at(10, 40),
};
export const SECOND_ATTEMPT: Span = {
  ...CLOSED_SPAN,
  spanId: spanId(4),
  parentId: spanId(2),
  name: 'attempt 2',
  type: 'attempt',
  attempt: 2,
  ...at(60, 90),
};
const { startTime } = at(90, 120);
export const WAIT: Span = { ...OPEN_SPAN, spanId: spanId(5), parentId: spanId(1), name: 'wait', type: 'timer', startTime };

/** A workflow with an activity of two attempts, and a timer that is still open; not in order. */
export const TRACE: readonly Span[] = [SECOND_ATTEMPT, WAIT, COMPOSE, GREET, FIRST_ATTEMPT];
/** The same, the timer closed. */
export const CLOSED_TRACE: readonly Span[] = TRACE.map((span) =>
  span === WAIT ? { ...WAIT, ...at(90, 120), status: 'OK' as const } : span,
);
