import type { Operation, OperationHistory } from '../operation/operation.js';
import { OperationError } from '../operation/operation-error.js';
import { PROGRESS_TIMEOUT_MS } from '../operation/operation-limits.js';
import { encodeReason, readLogs } from '../operation/operation-log.js';
import { DEFAULT_LIFETIMES, type OperationLifetimes } from '../operation/operation-record.js';
import { isClaiming, isTerminal, type OperationState } from '../operation/operation-state.js';
import { checkCreate, checkOperationId, checkRenew, checkTransition } from '../operation/validate-request.js';
import { DeadlineIndex } from './deadline-index.js';
import type {
  CreateOperation,
  OperationPage,
  OperationStore,
  RenewOperation,
  StoredCheckpoint,
  TransitionOperation,
  Written,
} from './operation-store.js';
import { type OperationFacts, RememberedFacts } from './operation-facts.js';
import type { RedisAddress } from './redis-client.js';
import { checkpointFields, readCheckpoint } from './redis-checkpoint.js';
import { RedisConnection } from './redis-connection.js';
import { RedisKeys, type RedisKeysOptions } from './redis-keys.js';
import { placeOf, RedisListing } from './redis-listing.js';
import {
  errorOfReply,
  operationOf,
  ownerFields,
  repeatOf,
  type ScriptReply,
  type WrittenReply,
  writtenOf,
} from './redis-replies.js';
import { redisScripts, type ScriptName } from './redis-scripts.js';

export type RedisOperationStoreOptions = RedisAddress &
  RedisKeysOptions &
  Partial<OperationLifetimes> & {
    /** Milliseconds until a call that has no answer gives up; default 5,000. */
    readonly timeoutMs?: number;
  };

/**
 * Keeps operations in Redis 6.2 or later: standalone, through Sentinel, or on a Cluster.
 *
 * One script a call, all its keys in one slot, by the server's clock. The index of active operations is in slots of its own and is written
 * after.
 */
export class RedisOperationStore implements OperationStore {
  readonly name = 'redis';
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #index: DeadlineIndex;
  readonly #listing: RedisListing;
  readonly #facts = new RememberedFacts();
  /** Hints on their way to the index that nobody waits for. */
  readonly #hints = new Set<Promise<unknown>>();

  /** @throws OperationError `INVALID_OPTION`. A client that is not reached shows at the first call. */
  constructor(options: RedisOperationStoreOptions) {
    const { failsafeTtlMs, terminalTtlMs } = { ...DEFAULT_LIFETIMES, ...options };
    if ('client' in options && options.client.isCluster === true && options.hashTag === false) {
      throw new OperationError(
        'INVALID_OPTION',
        'on a Cluster an operation and its checkpoint share a slot by their hash tag: leave `hashTag` on',
      );
    }
    this.#keys = new RedisKeys(options);
    this.#connection = new RedisConnection(options, options.timeoutMs ?? 5_000, redisScripts({ failsafeTtlMs, terminalTtlMs }));
    this.#index = new DeadlineIndex(this.#connection, this.#keys.activeShards);
    this.#listing = new RedisListing(this.#connection, this.#keys, this.#index, (operationId) => this.get(operationId));
  }

  async create(request: CreateOperation): Promise<Written> {
    checkCreate(request);
    const { requestId, traceId, metadata = {}, progressTimeoutMs = PROGRESS_TIMEOUT_MS } = request;
    const fields = ['trace_id', traceId, ...ownerFields(request.owner), ...Object.entries(metadata).flat()];
    const reply = await this.#run('create', request, [requestId, progressTimeoutMs, ...fields]);
    const written = this.#created(reply, request);
    // Also for a repeat: the process that was first may have died before it came here.
    if (!isTerminal(written.operation.state)) await this.#index.put(placeOf(written.operation));
    return written;
  }

  async transition(request: TransitionOperation): Promise<Written> {
    checkTransition(request);
    const { operationId, requestId, to, epoch, ifVersion, owner, metadata, forcedReason, checkpoint } = request;
    const known = this.#facts.get(operationId);
    const token = known?.token ?? '';
    const reason = encodeReason(forcedReason);
    const args: (string | number | Uint8Array)[] = [requestId, to, epoch ?? '', ifVersion ?? '', token, reason];
    if (owner !== undefined || metadata !== undefined || checkpoint !== undefined) {
      const fields = ownerFields(owner);
      if (metadata !== undefined) fields.push(...Object.entries(metadata).flat());
      args.push(fields.length, ...fields);
      if (checkpoint !== undefined) args.push(...checkpointFields(checkpoint));
    }
    const reply = await this.#run(scriptFor(request), request, args);
    if (reply[0] === 'REPEAT') return answered(repeatOf(String(reply[1]), reply[2] as string[], request));
    const written = writtenOf(reply, token);
    if (written === undefined) throw errorOfReply(reply as ScriptReply, request);
    const operation = this.#written(request, to, written, known);
    if (isTerminal(to)) this.#hint(this.#index.drop([placeOf(operation)]));
    else if (to === 'RETRYING') await this.#index.put(placeOf(operation));
    else if (written.isIndexDue) this.#hint(this.#index.put(placeOf(operation)));
    const { from } = written;
    return { operation, from, isRepeat: false };
  }

  async renew(request: RenewOperation): Promise<Operation> {
    checkRenew(request);
    const { operationId, epoch, owner } = request;
    const known = this.#facts.get(operationId);
    const token = known?.token ?? '';
    const reply = await this.#run('renew', request, [epoch ?? '', token, ...ownerFields(owner)]);
    if (reply[0] === 'AT_REST') return operationOf(operationId, reply[1] as string[]);
    const written = writtenOf(reply, token);
    if (written === undefined) throw errorOfReply(reply as ScriptReply, request);
    const operation = this.#written(request, written.from, written, known);
    if (written.isIndexDue) this.#hint(this.#index.put(placeOf(operation)));
    return operation;
  }

  async get(operationId: string): Promise<Operation | undefined> {
    checkOperationId(operationId);
    const flat = (await this.#read('read', operationId, [this.#keys.operation(operationId)])) as string[];
    return flat.length === 0 ? undefined : operationOf(operationId, flat);
  }

  async history(operationId: string): Promise<OperationHistory | undefined> {
    checkOperationId(operationId);
    const found = await this.#read('history', operationId, [this.#keys.operation(operationId)]);
    const [state, transitions, refusals] = found as [string, string, string];
    return state === '' ? undefined : readLogs({ transitions, refusals });
  }

  async checkpoint(operationId: string): Promise<StoredCheckpoint | undefined> {
    checkOperationId(operationId);
    return readCheckpoint(this.#connection, this.#keys, operationId);
  }

  overdue(page: { limit: number; cursor?: string | undefined }): Promise<OperationPage> {
    return this.#listing.overdue(page);
  }

  list(page: {
    limit: number;
    cursor?: string | undefined;
    states?: readonly OperationState[] | undefined;
  }): Promise<OperationPage> {
    return this.#listing.list(page);
  }

  rebuildIndex(): Promise<{ readonly added: number; readonly dropped: number }> {
    return this.#listing.rebuildIndex();
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#hints);
    await this.#connection.close();
  }

  #run(
    script: ScriptName,
    request: { readonly operationId: string; readonly requestId?: string },
    args: readonly (string | number | Uint8Array)[],
  ): Promise<ScriptReply | string> {
    const { operationId, requestId } = request;
    const call = { script, keys: this.#keys.both(operationId), args, isWrite: true, operationId, requestId };
    return this.#connection.run(call) as Promise<ScriptReply | string>;
  }

  #read(script: ScriptName, operationId: string, keys: readonly string[]): Promise<unknown> {
    return this.#connection.run({ script, keys, isWrite: false, operationId });
  }

  /** The operation after a write: what the script says, on the facts that it brings, or that were known and still hold. */
  #written(
    request: Pick<TransitionOperation, 'operationId' | 'owner' | 'metadata'>,
    state: OperationState,
    written: WrittenReply,
    known: OperationFacts | undefined,
  ): Operation {
    const { operationId, owner, metadata } = request;
    const { version, epoch, updatedAt, deadline, refusedWrites, token, flat } = written;
    const facts = flat === undefined && known !== undefined ? known : operationOf(operationId, flat ?? []);
    const operation: Operation = {
      operationId,
      traceId: facts.traceId,
      state,
      version,
      epoch,
      owner: owner ?? facts.owner,
      createdAt: facts.createdAt,
      updatedAt,
      deadline,
      progressTimeoutMs: facts.progressTimeoutMs,
      metadata: { ...facts.metadata, ...metadata },
      refusedWrites,
    };
    if (state === 'COMPLETED') this.#facts.forget(operationId);
    else if (token !== known?.token) this.#facts.set(token, operation);
    return operation;
  }

  #created(reply: ScriptReply | string, request: CreateOperation): Written {
    if (reply[0] === 'REPEAT') return answered(repeatOf(String(reply[1]), reply[2] as string[], request));
    if (reply[0] !== 'OK') throw errorOfReply(reply as ScriptReply, request);
    const { operationId, traceId, owner, metadata = {}, progressTimeoutMs = PROGRESS_TIMEOUT_MS } = request;
    const now = Number(reply[1]);
    const operation: Operation = {
      operationId,
      traceId,
      state: 'RECEIVED',
      version: 1,
      epoch: 0,
      owner,
      createdAt: now,
      updatedAt: now,
      deadline: Number(reply[2]),
      progressTimeoutMs,
      metadata: { ...metadata },
      refusedWrites: 0,
    };
    this.#facts.set(request.requestId, operation);
    return { operation, from: undefined, isRepeat: false };
  }

  /** What is only a hint is not waited for, and its failure is nobody's: readers check every entry, and a rebuild finds what is missing. */
  #hint(told: Promise<unknown>): void {
    const settled = told.then(
      () => {},
      () => {},
    );
    this.#hints.add(settled);
    void settled.then(() => this.#hints.delete(settled));
  }
}

function scriptFor({ to, forcedReason }: TransitionOperation): ScriptName {
  if (forcedReason !== undefined) return 'force';
  if (isTerminal(to)) return 'finish';
  return isClaiming(to) ? 'claim' : 'advance';
}

function answered(answer: Written | OperationError): Written {
  if (answer instanceof OperationError) throw answer;
  return answer;
}
