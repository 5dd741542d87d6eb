import { isSpanId, isTraceId } from '../span/ids.js';
import { isCount, isObject } from '../span/validate-span.js';
import { OPERATION_ID_LENGTH_MAX } from './operation-limits.js';
import type { OperationState } from './operation-state.js';

/** Operations in one header. A run that has more under way hands over the first of them. */
const HEADER_OPERATIONS_MAX = 16;
/** Longest header text that is read at all. */
const HEADER_LENGTH_MAX = 16_384;

/** By its looks: the table of states would go into every workflow's bundle for this alone, and who reads the field knows the states. */
const STATE_NAME = /^[A-Z_]{1,32}$/;

/** One operation in a header. Short keys: it travels with every call. */
export interface OperationMention {
  /** Operation id. */
  readonly id: string;
  /** Trace id of the operation. */
  readonly t: string;
  /** Epoch, where the sender holds one. */
  readonly e?: number;
  /** State that the sender last saw. */
  readonly st?: OperationState;
  /** Parent of the operation's span. */
  readonly s?: string;
  /** Start of the operation's span, microseconds since the epoch. */
  readonly a?: number;
}

/**
 * The operations that a call is about, as JSON. On an activity: the one it works for. On the start of a workflow: those to be adopted, from a
 * caller or from the run that continues as this one; the first is the default.
 */
export interface OperationHeader {
  readonly v: 1;
  readonly ops: readonly OperationMention[];
}

/** A header with `mentions`, the first of them where they are too many; `undefined` for none. */
export function operationHeader(mentions: readonly OperationMention[]): OperationHeader | undefined {
  if (mentions.length === 0) return undefined;
  return { v: 1, ops: mentions.slice(0, HEADER_OPERATIONS_MAX).map(knownFields) };
}

/**
 * What the header says, whoever wrote it.
 *
 * @param candidate - JSON text, or the object that a payload converter made of it.
 * @returns No mentions for everything that is not a whole, valid header of version 1. Never throws.
 */
export function decodeOperationHeader(candidate: unknown): readonly OperationMention[] {
  try {
    const header = typeof candidate === 'string' ? parseText(candidate) : candidate;
    if (!isObject(header) || header['v'] !== 1 || !Array.isArray(header['ops'])) return [];
    const mentions = header['ops'] as readonly unknown[];
    if (mentions.length > HEADER_OPERATIONS_MAX || !mentions.every(isMention)) return [];
    return mentions.map(knownFields);
  } catch {
    // Text that is no JSON, or an object whose getters throw: both are no header of ours.
    return [];
  }
}

function parseText(text: string): unknown {
  return text.length > HEADER_LENGTH_MAX ? undefined : JSON.parse(text);
}

function isMention(value: unknown): value is OperationMention {
  if (!isObject(value)) return false;
  const { id, t, e, st, s, a } = value;
  return (
    typeof id === 'string' &&
    id !== '' &&
    id.length <= OPERATION_ID_LENGTH_MAX &&
    isTraceId(t) &&
    (e === undefined || isCount(e)) &&
    (st === undefined || (typeof st === 'string' && STATE_NAME.test(st))) &&
    (s === undefined || isSpanId(s)) &&
    (a === undefined || isCount(a))
  );
}

function knownFields({ id, t, e, st, s, a }: OperationMention): OperationMention {
  return {
    id,
    t,
    ...(e === undefined ? {} : { e }),
    ...(st === undefined ? {} : { st }),
    ...(s === undefined ? {} : { s }),
    ...(a === undefined ? {} : { a }),
  };
}
