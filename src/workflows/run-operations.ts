import { AsyncLocalStorage, defaultPayloadConverter, type Headers } from '@temporalio/workflow';
import { invariant } from '../span/errors.js';
import { deriveSpanId } from '../span/ids.js';
import { decodeOperationHeader, operationHeader, type OperationMention } from '../operation/operation-header.js';
import { OPERATION_HEADER } from '../wire/activity-names.js';
import { readHeader } from '../wire/read-header.js';
import { currentIsolate } from './isolate.js';
import { OperationCommands } from './operation-commands.js';
import type { RunTracer } from './run-tracer.js';
import { runContextFrom } from './trace-context.js';

/** An operation as its run sees it. */
export interface RunOperation {
  readonly operationId: string;
  readonly isCompleted: boolean;
  /** What an activity, or the run that this one continues as, is told of it. */
  readonly mention: OperationMention;
}

/** The operations of one run: which there are, which is current, what of them is handed on. There with or without tracing. */
export class RunOperations {
  readonly commands: OperationCommands;
  /** The operation for which the code runs, where it says so. */
  readonly current = new AsyncLocalStorage<RunOperation>();
  private readonly byId = new Map<string, RunOperation>();
  private readonly requestIds = new Set<string>();
  private handedOver: readonly OperationMention[] | undefined;
  private startHeaders: Headers = {};

  constructor(private readonly run: RunTracer | undefined) {
    this.commands = new OperationCommands(run);
  }

  setStartHeaders(headers: Headers): void {
    this.startHeaders = headers;
  }

  get traceId(): string {
    return (this.run?.runContext ?? runContextFrom(this.info, {})).traceId;
  }

  /** Whether code runs now that must make no command: the handler of a query, a validator. */
  get isReadOnly(): boolean {
    return this.run?.readOnly.getStore() === true;
  }

  /** The operation that was handed to this run under `operationId`, or the first that it has not adopted. */
  handed(operationId: string | undefined): OperationMention | undefined {
    const open = this.unadopted();
    return operationId === undefined ? open[0] : open.find(({ id }) => id === operationId);
  }

  has(operationId: string): boolean {
    return this.byId.has(operationId);
  }

  /** Takes the operation in while it is being opened: a second one with its id is refused from then on. */
  add(operation: RunOperation): void {
    this.byId.set(operation.operationId, operation);
  }

  /** It could not be opened. */
  remove(operationId: string): void {
    this.byId.delete(operationId);
  }

  /**
   * The id of this run's next write: the same in replay, after a reset and when it is tried again. What the write says is part of it, as code that
   * was mended before a reset may say something else.
   */
  nextRequestId(content: string): string {
    // Short: an operation's log of its transitions is bounded in bytes, and the ids stand in it.
    const requestId = `${this.requestIds.size}-${deriveSpanId(this.info.originalExecutionRunId, 'operation_request', `${this.requestIds.size}/${content}`)}`;
    this.requestIds.add(requestId);
    return requestId;
  }

  /** Whether a write of this run had that id. */
  isOwnRequest(requestId: string | undefined): boolean {
    return requestId !== undefined && this.requestIds.has(requestId);
  }

  /** `headers` of an activity, with the operation that it works for: the one of the calling code, else the run's first that is not done. */
  withCurrent(headers: Headers): Headers {
    const operation = this.current.getStore() ?? [...this.byId.values()].find(({ isCompleted }) => !isCompleted);
    return operation === undefined ? headers : withMentions(headers, [operation.mention]);
  }

  /**
   * `headers` of the run that this one continues as: what it must adopt.
   *
   * @param keepsTrace - Whether it goes on in the same trace, and so with the same spans.
   */
  withHandedOn(headers: Headers, keepsTrace: boolean): Headers {
    const open = [...this.byId.values()].filter(({ isCompleted }) => !isCompleted).map(({ mention }) => mention);
    const mentions = [...open, ...this.unadopted()];
    return withMentions(headers, keepsTrace ? mentions : mentions.map(({ s: _parent, a: _start, ...mention }) => mention));
  }

  private unadopted(): readonly OperationMention[] {
    this.handedOver ??= isLaterCronRun(this.info) ? [] : decodeOperationHeader(readHeader(this.startHeaders, OPERATION_HEADER));
    return this.handedOver.filter(({ id }) => !this.byId.has(id));
  }

  private get info() {
    const isolate = currentIsolate();
    invariant(isolate !== undefined, 'the code of a run is only called inside its workflow');
    return isolate.info;
  }
}

// The server starts every run of a cron with the headers of the first: the operation that came with them was that one's.
function isLaterCronRun(info: {
  readonly cronSchedule?: string | undefined;
  readonly continuedFromExecutionRunId?: string | undefined;
}): boolean {
  return info.cronSchedule !== undefined && info.cronSchedule !== '' && info.continuedFromExecutionRunId !== undefined;
}

function withMentions(headers: Headers, mentions: readonly OperationMention[]): Headers {
  const header = operationHeader(mentions);
  return header === undefined ? headers : { ...headers, [OPERATION_HEADER]: defaultPayloadConverter.toPayload(header) };
}
