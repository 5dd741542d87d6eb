import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { HeldOperation } from '../activities/held-operation.js';
import { resend } from '../activities/resend.js';
import { clientOperation } from '../interceptors/client-operation.js';
import { generateTraceId } from '../interceptors/generate-trace-id.js';
import { activePlace } from '../interceptors/otel-context.js';
import type { SpanReporter } from '../interceptors/span-reporter.js';
import type { TracePlace } from '../interceptors/trace-carrier.js';
import type { Operation, OperationOwner } from '../operation/operation.js';
import { OperationError } from '../operation/operation-error.js';
import { isValidTransition } from '../operation/operation-state.js';
import type { OperationStore } from '../state/operation-store.js';
import type { CheckpointLog } from '../state/recover-checkpoint.js';
import { reportOperation } from './operation-report.js';

export interface OperationClientOptions {
  /** The same one as the workers'. It stays the caller's. */
  readonly store: OperationStore;
  /** Names this process as a holder. Default: process id and host. */
  readonly identity?: string;
  /** Milliseconds for which a claim holds without a sign of life, for operations that this client creates. Default 30 minutes. */
  readonly leaseMs?: number;
  /** Told of checkpoints that are saved and recovered. Default: nobody. */
  readonly log?: CheckpointLog;
  /**
   * Takes the span of each operation that this client completes or fails, and that no workflow had when it came to this client: a workflow reports
   * it itself. A `SpanPipeline` is one; flush it before the process ends. Default: no spans.
   */
  readonly pipeline?: SpanReporter;
}

export interface CreateOptions {
  /** Default: the trace id. */
  readonly operationId?: string;
  /** Default: that of the active span, else a new one. */
  readonly traceId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Names this creation: sent again with the same one, it answers what is there. Default: a new one. */
  readonly requestId?: string;
}

/** Operations that one call of `reclaimOverdue` looks at. */
const OVERDUE_LIMIT = 64;

/**
 * Operations outside Temporal: at ingress, before any workflow, and in consumers that hold one by a lease. The lease is the operation's deadline:
 * each write and each heartbeat moves it, and once it has passed another consumer may reclaim.
 *
 * @example
 * const operations = new OperationClient({ store });
 * const op = await operations.create({ metadata: { tenant } });
 * await operations.run(op, () => client.workflow.start(answerQuestion, { taskQueue, workflowId }));
 */
export class OperationClient {
  readonly #store: OperationStore;
  readonly #owner: OperationOwner;
  readonly #leaseMs: number | undefined;
  readonly #log: CheckpointLog | undefined;
  readonly #pipeline: SpanReporter | undefined;

  constructor({ store, identity = `${process.pid}@${hostname()}`, leaseMs, log, pipeline }: OperationClientOptions) {
    this.#log = log;
    this.#pipeline = pipeline;
    this.#store = store;
    this.#owner = { identity };
    this.#leaseMs = leaseMs;
  }

  /** @throws OperationError `ALREADY_EXISTS`, `RESERVED_METADATA`, or that the store is away. */
  async create(options: CreateOptions = {}): Promise<HeldOperation<'RECEIVED'>> {
    const traceId = options.traceId ?? activePlace().place?.traceId ?? generateTraceId();
    const request = {
      operationId: options.operationId ?? traceId,
      requestId: options.requestId ?? randomUUID(),
      traceId,
      owner: this.#owner,
      metadata: options.metadata,
      progressTimeoutMs: this.#leaseMs,
    };
    const { operation } = await resend(() => this.#store.create(request));
    return this.#hold(operation);
  }

  /**
   * The operation as it is now. Whoever does not hold it has its epoch as of now, until somebody else claims it.
   *
   * @throws OperationError `NO_SUCH_OPERATION`.
   */
  async open(operationId: string): Promise<HeldOperation> {
    const operation = await resend(() => this.#store.get(operationId));
    if (operation === undefined) {
      const message = `operation ${operationId}: there is none; it was never created, or its time to live is over`;
      throw new OperationError('NO_SUCH_OPERATION', message, { operationId });
    }
    return this.#hold(operation);
  }

  /**
   * Claims an operation that is queued, or was reclaimed: of many that ask, one gets it.
   *
   * @throws OperationError `STALE_EPOCH` for who was slower, `ILLEGAL_TRANSITION` for who comes later, `NO_SUCH_OPERATION`.
   */
  async claim(operationId: string): Promise<HeldOperation<'CLAIMED'>> {
    const operation = await this.open(operationId);
    return operation.claim();
  }

  /**
   * Takes over one operation whose lease ran out: `RECLAIMED`, then `CLAIMED`, and on to `INFERRING` where a checkpoint replaces the gathering.
   * What the holder before still writes is refused. Operations that a workflow holds are its watchdog's, and left alone.
   *
   * @returns `undefined` where there is none.
   */
  async reclaimOverdue(): Promise<HeldOperation | undefined> {
    const { operations } = await resend(() => this.#store.overdue({ limit: OVERDUE_LIMIT }));
    for (const overdue of operations) {
      const isOurs = overdue.owner.workflow === undefined;
      if (!isOurs || !(overdue.state === 'RECLAIMED' || isValidTransition(overdue.state, 'RECLAIMED'))) continue;
      const operation = this.#hold(overdue);
      try {
        if (await operation.takeOver({ ifVersion: overdue.version })) return operation;
      } catch (error) {
        // Another was faster, or its holder is alive after all.
        if (!(error instanceof OperationError) || !LOST_RACE.has(error.code)) throw error;
      }
    }
    return undefined;
  }

  /** What `work` returns; a workflow that is started in it, by a client with EverspanPlugin, adopts `operation`, and is part of its trace. */
  run<T>(operation: Pick<HeldOperation, 'operationId' | 'traceId'>, work: () => T): T {
    const { operationId, traceId } = operation;
    const parentId = placeIn(traceId)?.spanId;
    return clientOperation.run({ id: operationId, t: traceId, ...(parentId === undefined ? {} : { s: parentId }) }, work);
  }

  #hold(operation: Operation): HeldOperation {
    const atRest = this.#reporterOf(operation);
    return new HeldOperation(
      this.#store,
      { owner: this.#owner, nextRequestId: () => randomUUID(), log: this.#log, atRest },
      operation,
    );
  }

  #reporterOf({ traceId, owner }: Operation): ((operation: Operation) => Promise<void>) | undefined {
    const pipeline = this.#pipeline;
    const place = placeIn(traceId);
    if (pipeline === undefined || owner.workflow !== undefined || place?.isSampled === false) return undefined;
    return (operation) => reportOperation(pipeline, this.#store, operation, place?.spanId);
  }
}

/** Where the calling code is in that trace, if it is in it. */
function placeIn(traceId: string): TracePlace | undefined {
  const { place } = activePlace();
  return place?.traceId === traceId ? place : undefined;
}

const LOST_RACE: ReadonlySet<string> = new Set(['VERSION_CHANGED', 'STALE_EPOCH', 'ILLEGAL_TRANSITION', 'NO_SUCH_OPERATION']);
