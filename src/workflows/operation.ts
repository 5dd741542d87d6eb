import type { CreateCall } from '../operation/operation-call.js';
import type { OperationMention } from '../operation/operation-header.js';
import { CREATE_OPERATION } from '../wire/activity-names.js';
import { currentRun } from './current-run.js';
import type { DoneAnswer } from './operation-commands.js';
import { refusedCall } from './operation-errors.js';
import { OperationSpan } from './operation-span.js';
import { PerRun } from './per-run.js';
import { type RunOperation, RunOperations } from './run-operations.js';
import { nowMicros } from './run-tracer.js';
import { asFailure, readOnlyCall, WorkflowOperation } from './workflow-operation.js';

const RETRY_FOR_MS_DEFAULT = 600_000;

/** How an operation is opened. */
export interface OperationOptions {
  /** Default: the operation that was handed to this run, else the trace id. A second one in a trace names its own. */
  readonly operationId?: string;
  /** The user's fields; not for an operation that is there already. They go through workflow history. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Milliseconds without progress until it counts as overdue. Default 30 minutes. A workflow that runs is never overdue. */
  readonly progressTimeoutMs?: number;
  /** How long each call on the operation goes on trying while the store is away, in milliseconds. Default 10 minutes. */
  readonly retryForMs?: number;
}

// Where the interceptors are not registered there is no tracer to hold them.
const untraced = new PerRun<RunOperations>();

function operationsOfRun(): RunOperations {
  const run = currentRun();
  if (run !== undefined) return run.operations;
  const known = untraced.get();
  if (known !== undefined) return known;
  const operations = new RunOperations(undefined);
  untraced.set(operations);
  return operations;
}

/**
 * Opens an operation: creates it, or adopts the one that the caller, or the run that this one continues, has handed over.
 *
 * It becomes the operation that the run's activities work for. Independent of tracing: it is there in runs that are sampled out, too.
 *
 * @throws ApplicationFailure, not retried, with `type` `ALREADY_EXISTS` when another workflow has an operation of that id, or this run has,
 * `NO_SUCH_OPERATION` when what was handed over is gone, `RESERVED_METADATA`, …; retryable `STORE_UNAVAILABLE` after `retryForMs`.
 *
 * @example
 * const op = await operation({ metadata: { question } });
 * await op.transition('QUEUED');
 * await op.claim();
 */
export function operation(options: OperationOptions = {}): Promise<WorkflowOperation> {
  const operations = operationsOfRun();
  const { metadata, progressTimeoutMs, retryForMs = RETRY_FOR_MS_DEFAULT } = options;
  const mention = operations.handed(options.operationId);
  const operationId = options.operationId ?? mention?.id ?? operations.traceId;
  if (operations.isReadOnly) return Promise.reject(readOnlyCall(operationId));
  if (!(retryForMs >= 1)) {
    const message = `operation ${operationId}: retryForMs must be a number of milliseconds from 1, got ${String(retryForMs)}`;
    return Promise.reject(refusedCall('INVALID_OPTION', message, { operationId }));
  }
  if (operations.has(operationId)) {
    const message = `operation ${operationId} is open in this run already: give a second one an operationId of its own`;
    return Promise.reject(refusedCall('ALREADY_EXISTS', message, { operationId }));
  }
  const argument: CreateCall = {
    v: 1,
    operationId,
    requestId: operations.nextRequestId(`${operationId}/RECEIVED`),
    traceId: mention?.t ?? operations.traceId,
    ...(metadata === undefined ? {} : { metadata }),
    ...(progressTimeoutMs === undefined ? {} : { progressTimeoutMs }),
    ...(mention === undefined ? {} : { isHandedOver: true }),
  };
  operations.add(new OpeningOperation(operationId));
  const askedAt = nowMicros();
  return operations.commands.call<WorkflowOperation>(CREATE_OPERATION, argument, {
    summary: 'operation: open',
    retryForMs,
    done: (answer) => opened(operations, answer, { mention, askedAt, retryForMs }),
    failed: (error) => {
      operations.remove(operationId);
      return asFailure(error, operationId);
    },
  });
}

function opened(
  operations: RunOperations,
  answer: DoneAnswer,
  {
    mention,
    askedAt,
    retryForMs,
  }: { readonly mention: OperationMention | undefined; readonly askedAt: number; readonly retryForMs: number },
): WorkflowOperation {
  if (answer.kind !== 'done') throw asFailure(undefined, mention?.id ?? '');
  const { operation: facts, isAdopted = false, missed } = answer;
  // What was there before began when the store says.
  const startTime = isAdopted ? facts.createdAt * 1_000 : askedAt;
  const span = OperationSpan.begin(currentRun(), facts, { mention, startTime });
  if (isAdopted) span?.missed(missed?.transitions ?? [], missed?.refused ?? []);
  else span?.stepped(undefined, facts);
  const opening = new WorkflowOperation(operations, { facts, span, retryForMs });
  operations.add(opening);
  return opening;
}

/** Holds an operation's place until the store has answered. */
class OpeningOperation implements RunOperation {
  readonly isCompleted = true;

  constructor(readonly operationId: string) {}

  get mention(): OperationMention {
    return { id: this.operationId, t: '' };
  }
}
