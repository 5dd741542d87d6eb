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
import type { RedisAddress } from './redis-client.js';
import { checkpointFields, readCheckpoint } from './redis-checkpoint.js';
import { RedisConnection } from './redis-connection.js';
import { RedisKeys, type RedisKeysOptions } from './redis-keys.js';
import { placeOf, RedisListing } from './redis-listing.js';
import { errorOfReply, operationOf, ownerFields, repeatOf, type ScriptReply } from './redis-replies.js';
import type { ScriptName } from './redis-scripts.js';

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
  readonly #lifetimes: OperationLifetimes;
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
    this.#connection = new RedisConnection(options, options.timeoutMs ?? 5_000);
    this.#index = new DeadlineIndex(this.#connection, this.#keys.activeShards);
    this.#listing = new RedisListing(this.#connection, this.#keys, this.#index, (operationId) => this.get(operationId));
    this.#lifetimes = { failsafeTtlMs, terminalTtlMs };
  }

  async create(request: CreateOperation): Promise<Written> {
    checkCreate(request);
    const { requestId, traceId, metadata = {}, progressTimeoutMs = PROGRESS_TIMEOUT_MS } = request;
    const ttlMs = Math.max(this.#lifetimes.failsafeTtlMs, progressTimeoutMs + this.#lifetimes.terminalTtlMs);
    const fields = ['trace_id', traceId, ...ownerFields(request.owner), ...Object.entries(metadata).flat()];
    const reply = await this.#run('create', request, [requestId, progressTimeoutMs, ttlMs, ...fields]);
    const written = this.#created(reply, request);
    // Also for a repeat: the process that was first may have died before it came here.
    if (!isTerminal(written.operation.state)) await this.#index.put(placeOf(written.operation));
    return written;
  }

  async transition(request: TransitionOperation): Promise<Written> {
    checkTransition(request);
    const { operationId, requestId, to, epoch, ifVersion, owner, metadata, forcedReason, checkpoint } = request;
    const fields = ownerFields(owner);
    if (metadata !== undefined) fields.push(...Object.entries(metadata).flat());
    const saved = checkpoint === undefined ? [] : checkpointFields(checkpoint);
    const reply = await this.#run(scriptFor(request), request, [
      requestId,
      to,
      epoch ?? '',
      ifVersion ?? '',
      this.#lifetimes.failsafeTtlMs,
      this.#lifetimes.terminalTtlMs,
      PROGRESS_TIMEOUT_MS,
      encodeReason(forcedReason),
      fields.length,
      ...fields,
      saved.length,
      ...saved,
    ]);
    if (reply[0] === 'REPEAT') return answered(repeatOf(String(reply[1]), reply[2] as string[], request));
    if (reply[0] !== 'OK') throw errorOfReply(reply, request);
    const [, from, version, newEpoch, now, deadline, isIndexDue, flat] = reply as [
      string,
      OperationState,
      number,
      number,
      number,
      number,
      number,
      string[],
    ];
    const before = operationOf(operationId, flat);
    const operation: Operation = {
      ...before,
      state: to,
      version,
      epoch: newEpoch,
      updatedAt: now,
      deadline,
      owner: owner ?? before.owner,
      metadata: metadata === undefined ? before.metadata : { ...before.metadata, ...metadata },
    };
    if (isTerminal(to)) this.#hint(this.#index.drop([placeOf(operation)]));
    else if (to === 'RETRYING') await this.#index.put(placeOf(operation));
    else if (isIndexDue === 1) this.#hint(this.#index.put(placeOf(operation)));
    return { operation, from, isRepeat: false };
  }

  async renew(request: RenewOperation): Promise<Operation> {
    checkRenew(request);
    const { operationId, epoch, owner } = request;
    const { failsafeTtlMs, terminalTtlMs } = this.#lifetimes;
    const reply = await this.#run('renew', request, [
      epoch ?? '',
      failsafeTtlMs,
      terminalTtlMs,
      PROGRESS_TIMEOUT_MS,
      ...ownerFields(owner),
    ]);
    if (reply[0] === 'AT_REST') return operationOf(operationId, reply[1] as string[]);
    if (reply[0] !== 'OK') throw errorOfReply(reply, request);
    const [, version, updatedAt, deadline, isIndexDue, flat] = reply as [string, number, number, number, number, string[]];
    const before = operationOf(operationId, flat);
    const operation = { ...before, version, updatedAt, deadline, owner: owner ?? before.owner };
    if (isIndexDue === 1) this.#hint(this.#index.put(placeOf(operation)));
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

  async #run(
    script: ScriptName,
    request: { readonly operationId: string; readonly requestId?: string },
    args: readonly (string | number | Uint8Array)[],
  ): Promise<ScriptReply> {
    const { operationId, requestId } = request;
    const subject = requestId === undefined ? `operation ${operationId}` : `operation ${operationId}, request ${requestId}`;
    const keys = this.#keys.both(operationId);
    return (await this.#connection.run({ script, keys, args, isWrite: true, subject, operationId, requestId })) as ScriptReply;
  }

  #read(script: ScriptName, operationId: string, keys: readonly string[]): Promise<unknown> {
    return this.#connection.run({ script, keys, isWrite: false, subject: `operation ${operationId}`, operationId });
  }

  #created(reply: ScriptReply, request: CreateOperation): Written {
    if (reply[0] === 'REPEAT') return answered(repeatOf(String(reply[1]), reply[2] as string[], request));
    if (reply[0] !== 'OK') throw errorOfReply(reply, request);
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
