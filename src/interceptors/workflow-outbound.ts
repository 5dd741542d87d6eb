import {
  type ActivityInput,
  CancellationScope,
  type ContinueAsNewInput,
  type GetLogAttributesInput,
  type Headers,
  LocalActivityDoBackoff,
  type LocalActivityInput,
  type Next,
  type SignalWorkflowInput,
  type StartChildWorkflowExecutionInput,
  type StartNexusOperationInput,
  type StartNexusOperationOutput,
  type TimerInput,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import type { Attributes, SpanKind } from '../span/span.js';
import { type CompletionKind, observeCommand } from '../workflows/isolate.js';
import type { OpenSpan } from '../workflows/open-span.js';
import { outcomeOfCall } from '../workflows/outcome.js';
import type { RunTracer } from '../workflows/run-tracer.js';
import { withNexusHeaders, withTraceHeaders } from '../workflows/trace-context.js';
import { withoutTraces } from '../workflows/without-traces.js';

/**
 * Times what the run calls, and hands the trace on.
 *
 * No hook awaits before `next` or adds a tick to what the user awaits: commands keep their order.
 */
export class WorkflowOutbound implements WorkflowOutboundCallsInterceptor {
  /** Local activities that back off, by what the SDK brings back with the next attempt. */
  private readonly backingOff = new Map<unknown, OpenSpan>();
  /** Back-off timers that the SDK is about to start: parts of a local activity, not the user's. */
  private readonly backoffTimers: { readonly durationMs: number; readonly scope: CancellationScope; readonly key: unknown }[] =
    [];

  constructor(private readonly run: RunTracer) {}

  scheduleActivity(given: ActivityInput, next: Next<WorkflowOutboundCallsInterceptor, 'scheduleActivity'>): Promise<unknown> {
    const input = this.withOperation(given);
    if (!this.traces) return next(this.withUnsampled(input));
    const { retry, taskQueue } = input.options;
    const span = this.begin('activity', `activity ${input.activityType}`, 'CLIENT', {
      'temporal.activity.type': input.activityType,
      ...(taskQueue === undefined ? {} : { 'temporal.task_queue': taskQueue }),
      // The SDK takes Infinity for "no limit"; no attribute can say it.
      ...(Number.isFinite(retry?.maximumAttempts) ? { 'temporal.activity.max_attempts': Number(retry?.maximumAttempts) } : {}),
    });
    return this.watch(span, 'activity', input.seq, next({ ...input, headers: this.headers(input.headers, span) }));
  }

  scheduleLocalActivity(
    given: LocalActivityInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'scheduleLocalActivity'>,
  ): Promise<unknown> {
    const input = this.withOperation(given);
    if (!this.traces) return this.countLocal(input.seq, next(this.withUnsampled(input)));
    // After a back-off the SDK calls this hook again, with a higher attempt: still the same span.
    const key = input.originalScheduleTime ?? input.args;
    const resumed = input.attempt > 1 ? this.backingOff.get(key) : undefined;
    if (resumed !== undefined) this.backingOff.delete(key);
    const span =
      resumed ??
      this.begin('local_activity', `local activity ${input.activityType}`, 'CLIENT', {
        'temporal.activity.type': input.activityType,
      });
    const result = next({ ...input, headers: this.headers(input.headers, span) });
    const scope = CancellationScope.current();
    const { run } = this;
    run.localsUnderWay += 1;
    observeCommand(run.isolate(), 'activity', input.seq, () => result, {
      resolved: () => {
        run.localsUnderWay -= 1;
        run.end(span);
      },
      rejected: (error) => {
        run.localsUnderWay -= 1;
        if (error instanceof LocalActivityDoBackoff) this.awaitBackoff(input.args, scope, span, error);
        else run.end(span, outcomeOfCall(error));
      },
    });
    return result;
  }

  startTimer(input: TimerInput, next: Next<WorkflowOutboundCallsInterceptor, 'startTimer'>): Promise<void> {
    const scope = CancellationScope.current();
    const backoffIndex = this.backoffTimers.findIndex((one) => one.durationMs === input.durationMs && one.scope === scope);
    const [backoff] = backoffIndex === -1 ? [] : this.backoffTimers.splice(backoffIndex, 1);
    if (backoff !== undefined) {
      const waiting = next(input);
      // Cancelled meanwhile, there is no next attempt to end the span.
      if (scope.cancellable) onCancelRequested(scope, (error) => this.giveUp(backoff.key, error));
      return waiting;
    }
    if (!this.traces) return next(input);
    const attributes = Number.isFinite(input.durationMs) ? { 'temporal.timer.duration_ms': input.durationMs } : {};
    const span = this.begin('timer', 'timer', 'INTERNAL', attributes);
    const result = this.watch(span, 'timer', input.seq, next(input));
    // The SDK rejects a cancelled timer without going through its table.
    if (scope.cancellable) {
      // The scope may outlive thousands of timers: it must not hold their spans.
      const { run } = this;
      const { spanId } = span;
      onCancelRequested(scope, (error) => run.endById(spanId, outcomeOfCall(error)));
    }
    return result;
  }

  startChildWorkflowExecution(
    input: StartChildWorkflowExecutionInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'startChildWorkflowExecution'>,
  ): Promise<[Promise<string>, Promise<unknown>]> {
    if (!this.traces) return next(this.withUnsampled(input));
    const span = this.begin('child_workflow', `child workflow ${input.workflowType}`, 'CLIENT', {
      'temporal.child.workflow.type': input.workflowType,
      'temporal.child.workflow.id': input.options.workflowId,
    });
    const result = next({ ...input, headers: this.headers(input.headers, span) });
    const fail = (error: unknown) => this.run.end(span, outcomeOfCall(error));
    observeCommand(this.run.isolate(), 'childWorkflowStart', input.seq, () => result.then(([started]) => started), {
      resolved: (childRunId) => {
        if (typeof childRunId === 'string') span.attributes['temporal.child.run.id'] = childRunId;
      },
      rejected: fail,
    });
    observeCommand(this.run.isolate(), 'childWorkflowComplete', input.seq, () => result.then(([, completed]) => completed), {
      resolved: () => this.run.end(span),
      rejected: fail,
    });
    return result;
  }

  signalWorkflow(input: SignalWorkflowInput, next: Next<WorkflowOutboundCallsInterceptor, 'signalWorkflow'>): Promise<void> {
    if (!this.traces) return next(this.withUnsampled(input));
    const targetId = input.target.type === 'external' ? input.target.workflowExecution.workflowId : input.target.childWorkflowId;
    const span = this.begin('signal', `signal ${input.signalName}`, 'PRODUCER', {
      'temporal.signal.name': input.signalName,
      ...(targetId === undefined || targetId === null ? {} : { 'temporal.target.workflow.id': targetId }),
    });
    return this.watch(span, 'signalWorkflow', input.seq, next({ ...input, headers: this.headers(input.headers, span) }));
  }

  startNexusOperation(
    input: StartNexusOperationInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'startNexusOperation'>,
  ): Promise<StartNexusOperationOutput> {
    if (!this.traces) return next(input);
    const { run } = this;
    const span = this.begin('nexus_operation', `nexus operation ${input.service}/${input.operation}`, 'CLIENT', {
      'temporal.nexus.endpoint': input.endpoint,
      'temporal.nexus.service': input.service,
      'temporal.nexus.operation': input.operation,
    });
    const result = next({ ...input, headers: withNexusHeaders(input.headers, run.runContext, run.traceHeader(span)) });
    const ended = { resolved: () => run.end(span), rejected: (error: unknown) => run.end(span, outcomeOfCall(error)) };
    observeCommand(run.isolate(), 'nexusOperationStart', input.seq, () => result, {
      // A synchronous operation brings its result along; an asynchronous one has it under the same number, from now on.
      resolved: (started) => {
        const completion = (started as StartNexusOperationOutput).result;
        observeCommand(run.isolate(), 'nexusOperationComplete', input.seq, () => completion, ended);
      },
      rejected: ended.rejected,
    });
    return result;
  }

  continueAsNew(input: ContinueAsNewInput, next: Next<WorkflowOutboundCallsInterceptor, 'continueAsNew'>): Promise<never> {
    // In a cancelled scope too: a run that was cancelled may go on as a new one.
    const { run } = this;
    const { operations } = run;
    if (!run.isOpen) return next(this.withUnsampled({ ...input, headers: operations.withHandedOn(input.headers, true) }));
    const trace = run.continuationHeader();
    const headers = operations.withHandedOn(input.headers, trace.t === run.runContext.traceId);
    return next({ ...input, headers: withTraceHeaders(headers, run.runContext, trace) });
  }

  getLogAttributes(
    input: GetLogAttributesInput,
    next: Next<WorkflowOutboundCallsInterceptor, 'getLogAttributes'>,
  ): Record<string, unknown> {
    const { run } = this;
    // Only asked, never decided here: a log line may come before the first hook that may emit.
    if (!run.isMarked) return next(input);
    return next({ ...input, trace_id: run.runContext.traceId, span_id: (run.current.getStore() ?? run.rootSpan)?.spanId });
  }

  // In a cancelled scope the SDK schedules nothing: there is no call to time.
  private get traces(): boolean {
    return this.run.isOpen && !CancellationScope.current().consideredCancelled;
  }

  private begin(type: string, name: string, kind: SpanKind, attributes: Attributes): OpenSpan {
    const { run } = this;
    return run.begin({ spanId: run.spanIdOf(type, run.nextOrdinal(type)), name, kind, type, attributes });
  }

  private watch<T>(span: OpenSpan, kind: CompletionKind, seq: number, result: Promise<T>): Promise<T> {
    observeCommand(this.run.isolate(), kind, seq, () => result, {
      resolved: () => this.run.end(span),
      rejected: (error) => this.run.end(span, outcomeOfCall(error)),
    });
    return result;
  }

  private headers(headers: Headers, span: OpenSpan): Headers {
    return withTraceHeaders(headers, this.run.runContext, this.run.traceHeader(span));
  }

  private withUnsampled<T extends { readonly headers: Headers }>(input: T): T {
    const header = this.run.unsampledHeader;
    return header === undefined ? input : { ...input, headers: withTraceHeaders(input.headers, this.run.runContext, header) };
  }

  private withOperation<T extends { readonly headers: Headers }>(input: T): T {
    const headers = this.run.operations.withCurrent(input.headers);
    return headers === input.headers ? input : { ...input, headers };
  }

  // Of a run that is not traced: an operation's commands have to know whether one is under way. No tick, and nothing on the user's promise.
  private countLocal(seq: number, result: Promise<unknown>): Promise<unknown> {
    const { run } = this;
    if (run.isolate().completions?.activity.has(seq) !== true) return result;
    run.localsUnderWay += 1;
    const ended = () => {
      run.localsUnderWay -= 1;
    };
    observeCommand(run.isolate(), 'activity', seq, () => result, { resolved: ended, rejected: ended });
    return result;
  }

  private awaitBackoff(
    args: readonly unknown[],
    scope: CancellationScope,
    span: OpenSpan,
    { backoff: { backoffDuration, originalScheduleTime } }: LocalActivityDoBackoff,
  ): void {
    // One object over both attempts, whatever other interceptors make of the arguments.
    const key = originalScheduleTime ?? args;
    this.backingOff.set(key, span);
    const durationMs = Math.max(
      1,
      Number(backoffDuration?.seconds ?? 0) * 1000 + Math.floor((backoffDuration?.nanos ?? 0) / 1_000_000),
    );
    this.backoffTimers.push({ durationMs, scope, key });
  }

  private giveUp(key: unknown, error: unknown): void {
    const span = this.backingOff.get(key);
    this.backingOff.delete(key);
    if (span !== undefined) this.run.end(span, outcomeOfCall(error));
  }
}

function onCancelRequested(scope: CancellationScope, then: (error: unknown) => void): void {
  void withoutTraces(() => scope.cancelRequested.catch(then));
}
