import type { OperationHistory, RecordedTransition, RefusedWrite } from './operation.js';
import { FORCED_REASON_LENGTH_MAX, REFUSAL_LOG_BYTES_MAX, TRANSITION_LOG_BYTES_MAX } from './operation-limits.js';
import type { OperationState } from './operation-state.js';

// An operation's logs are text, so that a script can append, search and cut them without decoding: one line an entry,
//
//   transitions   FROM TO VERSION EPOCH AT #REQUEST REASON\n     FROM is `-` for the creation, REASON is empty unless forced
//   refusals      FROM TO EPOCH CURRENT_EPOCH AT #REQUEST CODE\n   TO is `-` and REQUEST empty for a renewal
//
// The number sign makes `#REQUEST` the only place where a request's id can be found, since a reason is percent-encoded. Redis keeps the transitions
// apart, each under its request's id, and gives them back as this text.

/** What an operation keeps of its past. */
export interface OperationLogs {
  readonly transitions: string;
  readonly refusals: string;
}

/** `log` with one more transition. Over the limit the oldest go, but never the creation: it tells a repeated `create` from another. */
export function appendTransition(log: string, entry: RecordedTransition): string {
  const { from = '-', to, version, epoch, at, requestId } = entry;
  let text = `${log}${from} ${to} ${version} ${epoch} ${at} #${requestId} ${encodeReason(entry.forcedReason)}\n`;
  const first = text.indexOf('\n') + 1;
  while (text.length > TRANSITION_LOG_BYTES_MAX && text.indexOf('\n', first) + 1 < text.length) {
    text = text.slice(0, first) + text.slice(text.indexOf('\n', first) + 1);
  }
  return text;
}

/** `log` with one more refused write. Over the limit the oldest go. */
export function appendRefusal(log: string, entry: RefusedWrite): string {
  const { from, to = '-', epoch, currentEpoch, at, requestId = '', code } = entry;
  let text = `${log}${from} ${to} ${epoch} ${currentEpoch} ${at} #${requestId} ${code}\n`;
  while (text.length > REFUSAL_LOG_BYTES_MAX && text.indexOf('\n') + 1 < text.length) text = text.slice(text.indexOf('\n') + 1);
  return text;
}

/** Whether `log` has an entry of this request. */
export function hasRequest(log: string, requestId: string): boolean {
  return log.includes(` #${requestId} `);
}

/** `reason` on one line, cut at the limit. */
export function encodeReason(reason: string | undefined): string {
  return reason === undefined ? '' : encodeURIComponent(reason.slice(0, FORCED_REASON_LENGTH_MAX).toWellFormed());
}

/** What the logs say. A line that cannot be read, which a first system's hash may have, is left out. */
export function readLogs(logs: OperationLogs): OperationHistory {
  return {
    transitions: logs.transitions.split('\n').flatMap((line) => readTransition(line) ?? []),
    refused: logs.refusals.split('\n').flatMap((line) => readRefusal(line) ?? []),
  };
}

/** The transition that one line of the log tells; `undefined` where it tells none. */
export function readTransition(line: string): RecordedTransition | undefined {
  const [from, to, version, epoch, at, request, reason] = line.split(' ');
  if (to === undefined || request === undefined) return undefined;
  return {
    ...(from === '-' ? {} : { from: from as OperationState }),
    to: to as OperationState,
    version: Number(version),
    epoch: Number(epoch),
    at: Number(at),
    requestId: request.slice(1),
    ...(reason === undefined || reason === '' ? {} : { forcedReason: decodeURIComponent(reason) }),
  };
}

function readRefusal(line: string): RefusedWrite | undefined {
  const [from, to, epoch, currentEpoch, at, request, code] = line.split(' ');
  if (code === undefined || request === undefined) return undefined;
  return {
    code: code as RefusedWrite['code'],
    from: from as OperationState,
    ...(to === '-' ? {} : { to: to as OperationState }),
    epoch: Number(epoch),
    currentEpoch: Number(currentEpoch),
    at: Number(at),
    ...(request === '#' ? {} : { requestId: request.slice(1) }),
  };
}
