import type { Attributes, SpanMoment } from '../span/span.js';
import type { OperationHistory } from './operation.js';

/** The type of an operation's span. */
export const OPERATION_SPAN_TYPE = 'operation';

/** What became of a step. */
export type StepKind = 'transition' | 'refused';

/** One step, as an event of the operation's span says it. */
export interface OperationStep {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly version?: number | undefined;
  readonly epoch?: number | undefined;
  /** Of a refusal. */
  readonly code?: string | undefined;
  readonly forcedReason?: string | undefined;
}

/** The span event of a step. @param time - Microseconds since the epoch. */
export function stepMoment(kind: StepKind, time: number, step: OperationStep): SpanMoment {
  return { name: `everspan.operation.${kind}`, time, attributes: attributesOf(step) };
}

/** The span events of all that `history` has, oldest first. */
export function momentsOf({ transitions, refused }: OperationHistory): SpanMoment[] {
  const moments = [
    ...transitions.map(({ at, ...step }) => stepMoment('transition', at * 1_000, step)),
    ...refused.map(({ at, from, to, epoch, code }) => stepMoment('refused', at * 1_000, { from, to, epoch, code })),
  ];
  return moments.sort((a, b) => a.time - b.time);
}

function attributesOf({ from, to, version, epoch, code, forcedReason }: OperationStep): Attributes {
  return {
    ...(from === undefined ? {} : { 'everspan.operation.from': from }),
    ...(to === undefined ? {} : { 'everspan.operation.to': to }),
    ...(version === undefined ? {} : { 'everspan.operation.version': version }),
    ...(epoch === undefined ? {} : { 'everspan.operation.epoch': epoch }),
    ...(code === undefined ? {} : { 'error.type': code }),
    ...(forcedReason === undefined ? {} : { 'everspan.operation.forced_reason': forcedReason }),
  };
}
