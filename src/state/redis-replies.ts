import type { CheckpointHeader } from '../operation/checkpoint.js';
import type { Operation, OperationOwner } from '../operation/operation.js';
import { OperationError } from '../operation/operation-error.js';
import { FAILSAFE_TTL_MS, METADATA_FIELDS_MAX, PROGRESS_TIMEOUT_MS } from '../operation/operation-limits.js';
import { readTransition } from '../operation/operation-log.js';
import type { Written } from '../operation/operation-request.js';
import { isOperationState, type OperationState } from '../operation/operation-state.js';
import {
  alreadyExists,
  corruptCheckpoint,
  illegalTransition,
  noSuchOperation,
  requestIdReused,
  staleEpoch,
  tooManyFields,
  versionChanged,
} from '../operation/refusals.js';
import { isReservedField } from '../operation/reserved-fields.js';

/** What a script was asked for. */
interface Asked {
  readonly operationId: string;
  readonly requestId?: string | undefined;
  readonly to?: OperationState | undefined;
  readonly ifVersion?: number | undefined;
}

/** A script's reply: a code, and what belongs to it. */
export type ScriptReply = readonly [code: string, ...facts: unknown[]];

/** What a script says of an operation that it has written. */
export interface WrittenReply extends Pick<Operation, 'version' | 'epoch' | 'updatedAt' | 'deadline' | 'refusedWrites'> {
  readonly from: OperationState;
  readonly isIndexDue: boolean;
  /** Names the facts that change seldom, as they are now. */
  readonly token: string;
  /** The fields as they were, names and values in turn; absent where the writer has read these facts. */
  readonly flat: readonly string[] | undefined;
}

/** `OK FROM VERSION EPOCH NOW DEADLINE INDEX REFUSED [FACTS]`, alone or with the fields; `undefined` for any other reply. `asked` was the token. */
export function writtenOf(reply: ScriptReply | string, asked: string): WrittenReply | undefined {
  const text = typeof reply === 'string' ? reply : reply[0];
  if (!text.startsWith('OK ')) return undefined;
  const [, from, version, epoch, updatedAt, deadline, isIndexDue, refusedWrites, token = asked] = text.split(' ');
  return {
    from: from as OperationState,
    version: Number(version),
    epoch: Number(epoch),
    updatedAt: Number(updatedAt),
    deadline: Number(deadline),
    refusedWrites: Number(refusedWrites),
    isIndexDue: isIndexDue === '1',
    token,
    flat: typeof reply === 'string' ? undefined : (reply[1] as string[]),
  };
}

/** The error that a script's code stands for: the closed list, worded in one place. */
export function errorOfReply([code, ...facts]: ScriptReply, asked: Asked): OperationError {
  switch (code) {
    case 'NO_SUCH_OPERATION':
      return noSuchOperation(asked);
    case 'ALREADY_EXISTS':
      return alreadyExists(asked);
    case 'VERSION_CHANGED':
      return versionChanged(asked, asked.ifVersion ?? 0, Number(facts[0]));
    case 'STALE_EPOCH':
      return staleEpoch(asked, Number(facts[1]), Number(facts[2]));
    case 'ILLEGAL_TRANSITION': {
      const from = String(facts[0]);
      return isOperationState(from)
        ? illegalTransition(asked, from, asked.to ?? from)
        : corrupt(asked.operationId, `its state is "${from}"`);
    }
    case 'TOO_MANY_FIELDS':
      return tooManyFields(asked, METADATA_FIELDS_MAX);
    case 'CORRUPT':
      return corrupt(asked.operationId, 'it has no state');
    default:
      return corrupt(asked.operationId, `a script answered ${JSON.stringify(code)}`);
  }
}

/** The answer to a request that had been applied: what it was answered then, where that is known. */
export function repeatOf(line: string, flat: readonly string[], asked: Asked): Written | OperationError {
  const entry = readTransition(line);
  if (entry === undefined) return corrupt(asked.operationId, 'its log of transitions cannot be read');
  const target = asked.to ?? 'RECEIVED';
  if (entry.to !== target) return requestIdReused(asked, entry.to, target);
  const operation = {
    ...operationOf(asked.operationId, flat),
    state: entry.to,
    version: entry.version,
    epoch: entry.epoch,
    updatedAt: entry.at,
  };
  return { operation, from: entry.from, isRepeat: true };
}

/**
 * The operation in these fields, names and values in turn. What the first system's hashes do not have is taken as not yet begun: version and
 * epoch 0, and no deadline before the hash itself expires, since nobody wrote down its progress.
 *
 * @throws OperationError `OPERATION_CORRUPT` where no state can be read.
 */
export function operationOf(operationId: string, flat: readonly string[]): Operation {
  const fields = new Map<string, string>();
  const metadata: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = flat[i] as string;
    const value = flat[i + 1] as string;
    if (isReservedField(name)) fields.set(name, value);
    else metadata.push([name, value]);
  }
  const state = fields.get('state') ?? '';
  if (!isOperationState(state)) throw corrupt(operationId, state === '' ? 'it has no state' : `its state is "${state}"`);
  const createdAt = timeOf(fields.get('created_at')) ?? 0;
  const progressTimeoutMs = numberOf(fields.get('progress_timeout_ms')) ?? PROGRESS_TIMEOUT_MS;
  return {
    operationId,
    traceId: fields.get('trace_id') ?? operationId,
    state,
    version: numberOf(fields.get('version')) ?? 0,
    epoch: numberOf(fields.get('epoch')) ?? 0,
    owner: ownerOf(fields),
    createdAt,
    updatedAt: numberOf(fields.get('updated_at')) ?? createdAt,
    deadline: numberOf(fields.get('deadline')) ?? createdAt + FAILSAFE_TTL_MS,
    progressTimeoutMs,
    metadata: Object.fromEntries(metadata),
    refusedWrites: numberOf(fields.get('refused_writes')) ?? 0,
  };
}

/** The hash fields of an owner, names and values in turn. All four, so that a new owner leaves nothing of the old one. */
export function ownerFields(owner: OperationOwner | undefined): string[] {
  if (owner === undefined) return [];
  const { identity, workflow } = owner;
  const { namespace = '', workflowId = '', runId = '' } = workflow ?? {};
  // biome-ignore format: a name and its value on each line
  return [
    'owner_identity', identity,
    'owner_namespace', namespace,
    'owner_workflow_id', workflowId,
    'owner_run_id', runId,
  ];
}

/** What a checkpoint's hash says beside its payload; `undefined` where it has no payload. */
export function headerOf(operationId: string, fields: ReadonlyMap<string, string>): CheckpointHeader {
  const codec = fields.get('codec') ?? 'zlib';
  if (codec !== 'zlib' && codec !== 'brotli') throw corruptCheckpoint(operationId, `its codec is "${codec}"`);
  const sha256 = fields.get('sha256');
  const step = fields.get('step');
  return {
    schemaVersion: numberOf(fields.get('schema_version')) ?? 0,
    savedAt: timeOf(fields.get('checkpoint_ts')) ?? 0,
    codec,
    originalBytes: numberOf(fields.get('payload_size_original')) ?? 0,
    storedBytes: numberOf(fields.get('payload_size_compressed')) ?? 0,
    ...(sha256 === undefined || sha256 === '' ? {} : { sha256 }),
    ...(step === undefined || step === '' ? {} : { step }),
    state: fields.get('state') ?? '',
  };
}

function corrupt(operationId: string, reason: string): OperationError {
  return new OperationError(
    'OPERATION_CORRUPT',
    `operation ${operationId}: what is stored under its key is no operation (${reason}); look at it, and use a prefix of your own`,
    { operationId },
  );
}

function ownerOf(fields: ReadonlyMap<string, string>): OperationOwner {
  const identity = fields.get('owner_identity') ?? '';
  const workflowId = fields.get('owner_workflow_id') ?? '';
  if (workflowId === '') return { identity };
  return {
    identity,
    workflow: { namespace: fields.get('owner_namespace') ?? '', workflowId, runId: fields.get('owner_run_id') ?? '' },
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Milliseconds since the epoch: as we write them, or in seconds or ISO 8601, as a first system may have. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
  // Seconds stay below this for three thousand years, milliseconds have been above it since 1973.
  if (number !== undefined) return Math.round(number < 100_000_000_000 ? number * 1_000 : number);
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}
