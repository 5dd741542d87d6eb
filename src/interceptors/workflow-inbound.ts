import {
  type Headers,
  type Next,
  type QueryInput,
  type SignalInput,
  TemporalFailure,
  type UpdateInput,
  type WorkflowExecuteInput,
  type WorkflowInboundCallsInterceptor,
} from '@temporalio/workflow';
import { CAPTURED_VALUE_BYTES_MAX } from '../span/limits.js';
import { cleanJson } from '../span/clean-value.js';
import { closeRun } from '../workflows/close-run.js';
import type { OpenSpan } from '../workflows/open-span.js';
import { closesRun, OK, outcomeOfBody, outcomeOfRun } from '../workflows/outcome.js';
import type { RunTracer } from '../workflows/run-tracer.js';
import { callerFrom } from '../workflows/trace-context.js';
import { withoutTraces } from '../workflows/without-traces.js';

/**
 * Times the run, its signals and its updates.
 *
 * With the gate closed every hook is a plain `return next(input)`: a hook that is merely `async` was seen to break the replay of old histories.
 * Queries and validators are read-only: no span of theirs, and `withSpan` in them is inert.
 */
export class WorkflowInbound implements WorkflowInboundCallsInterceptor {
  constructor(private readonly run: RunTracer) {}

  execute(input: WorkflowExecuteInput, next: Next<WorkflowInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const { run } = this;
    if (!run.isOpen) return next(input);
    const running = next(input);
    return withoutTraces(() =>
      running.then(
        (output) => {
          this.capture(input.args, output);
          const closing = closeRun(run, OK);
          return closing === undefined ? output : withoutTraces(() => closing.then(() => output));
        },
        (error: unknown) => {
          if (closesRun(run.isolate(), error, 'execute')) this.capture(input.args, undefined);
          return this.rethrow(error, 'execute');
        },
      ),
    );
  }

  handleSignal(input: SignalInput, next: Next<WorkflowInboundCallsInterceptor, 'handleSignal'>): Promise<void> {
    const { run } = this;
    if (!run.isOpen) return next(input);
    run.hasTakenMessages = true;
    const span = this.beginHandler('signal_handler', run.nextOrdinal('signal_handler'), input.signalName, input.headers);
    return this.settle(
      span,
      'signal',
      run.current.run(span, () => next(input)),
    );
  }

  handleUpdate(input: UpdateInput, next: Next<WorkflowInboundCallsInterceptor, 'handleUpdate'>): Promise<unknown> {
    const { run } = this;
    if (!run.isOpen) return next(input);
    run.hasTakenMessages = true;
    const span = this.beginHandler('update_handler', input.updateId, input.name, input.headers);
    return this.settle(
      span,
      'update',
      run.current.run(span, () => next(input)),
    );
  }

  handleQuery(input: QueryInput, next: Next<WorkflowInboundCallsInterceptor, 'handleQuery'>): Promise<unknown> {
    return this.run.readOnly.run(true, () => next(input));
  }

  validateUpdate(input: UpdateInput, next: Next<WorkflowInboundCallsInterceptor, 'validateUpdate'>): void {
    this.run.readOnly.run(true, () => next(input));
  }

  private beginHandler(
    type: 'signal_handler' | 'update_handler',
    ordinal: number | string,
    name: string,
    headers: Headers,
  ): OpenSpan {
    const { run } = this;
    const caller = callerFrom(headers);
    // Who called is the parent where the call came out of this trace, else a link: one workflow, one trace.
    const isOwnTrace = caller?.traceId === run.runContext.traceId;
    const label = type === 'signal_handler' ? 'signal' : 'update';
    return run.begin({
      spanId: run.spanIdOf(type, ordinal),
      parentId: isOwnTrace ? caller?.spanId : run.rootSpan?.spanId,
      name: `handle ${label} ${name}`,
      kind: type === 'signal_handler' ? 'CONSUMER' : 'SERVER',
      type,
      links: caller === undefined || isOwnTrace ? [] : [caller],
      attributes: {
        [`temporal.${label}.name`]: name,
        ...(type === 'update_handler' ? { 'temporal.update.id': String(ordinal) } : {}),
      },
    });
  }

  private settle<T>(span: OpenSpan, from: 'signal' | 'update', result: Promise<T>): Promise<T> {
    return withoutTraces(() =>
      result.then(
        (value) => {
          this.run.end(span);
          return value;
        },
        (error: unknown) => {
          // An error that only fails the task never happened, as far as history knows: the span stays open and the task is tried again.
          const isRejectedUpdate = from === 'update' && error instanceof TemporalFailure;
          if (isRejectedUpdate || closesRun(this.run.isolate(), error, from)) this.run.end(span, outcomeOfBody(error));
          return this.rethrow(error, from);
        },
      ),
    );
  }

  private rethrow(error: unknown, from: 'execute' | 'signal' | 'update'): Promise<never> {
    const { run } = this;
    const closing = closesRun(run.isolate(), error, from) ? closeRun(run, outcomeOfRun(run.isolate(), error)) : undefined;
    if (closing === undefined) throw error;
    return withoutTraces(() =>
      closing.then(() => {
        throw error;
      }),
    );
  }

  private capture(args: readonly unknown[], output: unknown): void {
    const { rootSpan, config } = this.run;
    // A run that ends before its first answer leaves it to the activity, see `captureUndecided`.
    if (rootSpan === undefined || config?.captureWorkflowIo === false) return;
    const input = cleanJson(args, CAPTURED_VALUE_BYTES_MAX);
    const result = cleanJson(output, CAPTURED_VALUE_BYTES_MAX);
    rootSpan.input = input.value;
    rootSpan.output = result.value;
    if (input.isCut || result.isCut)
      rootSpan.attributes['everspan.truncated'] = [...(input.isCut ? ['input'] : []), ...(result.isCut ? ['output'] : [])];
  }
}
