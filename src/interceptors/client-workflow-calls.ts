import type { WorkflowClientInterceptor, WorkflowExecution } from '@temporalio/client';
import type { Headers } from '@temporalio/common';
import { type ClientCall, type ClientTracingOptions, callerOf, isTraced, traceCall } from './client-call.js';
import { withClientOperation } from './client-operation.js';
import { quietly } from './quietly.js';
import { type TracePlace, writeTemporalHeaders } from './trace-carrier.js';

/**
 * Traces start, signal, signalWithStart, query, update and updateWithStart, and hands their trace on.
 *
 * `start` itself is not implemented: the SDK calls `startWithDetails` for it, in every version that we support, and would call only one
 * of the two.
 */
export function createWorkflowClientInterceptor(
  options: ClientTracingOptions,
): Required<
  Pick<
    WorkflowClientInterceptor,
    'startWithDetails' | 'signal' | 'signalWithStart' | 'query' | 'startUpdate' | 'startUpdateWithStart'
  >
> {
  // A trace of the call alone says nothing; one that the caller has begun goes on.
  const isLeftOut = (caller: TracePlace | undefined, workflowId: string): boolean =>
    caller === undefined && quietly(() => options.isRolledOut?.(workflowId)) === false;

  // Every call but one has a single `headers`.
  const trace = <I extends { readonly headers: Headers }, O>(
    input: I,
    next: (input: I) => Promise<O>,
    workflowId: string,
    call: ClientCall<O>,
  ): Promise<O> => {
    if (isTraced(input.headers)) return next(input);
    const caller = callerOf(input.headers);
    if (isLeftOut(caller, workflowId)) return next(input);
    return traceCall(options, caller, call, (place) =>
      next(place === undefined ? input : { ...input, headers: writeTemporalHeaders(input.headers, place) }),
    );
  };

  return {
    startWithDetails: (input, next) =>
      trace(handingOver(input), next, input.options.workflowId, {
        name: `start workflow ${input.workflowType}`,
        type: 'client_start',
        kind: 'PRODUCER',
        attributes: startAttributes(input.workflowType, input.options),
        describe: (started) => ({ 'temporal.run.id': started.runId, 'temporal.eagerly_started': started.eagerlyStarted }),
      }),

    signal: (input, next) =>
      trace(input, next, input.workflowExecution.workflowId, {
        name: `signal ${input.signalName}`,
        type: 'client_signal',
        kind: 'PRODUCER',
        attributes: { 'temporal.signal.name': input.signalName, ...executionAttributes(input.workflowExecution) },
      }),

    signalWithStart: (input, next) =>
      trace(handingOver(input), next, input.options.workflowId, {
        name: `signal ${input.signalName} with start ${input.workflowType}`,
        type: 'client_signal_with_start',
        kind: 'PRODUCER',
        attributes: { 'temporal.signal.name': input.signalName, ...startAttributes(input.workflowType, input.options) },
        describe: (runId) => ({ 'temporal.run.id': runId }),
      }),

    query: (input, next) =>
      trace(input, next, input.workflowExecution.workflowId, {
        name: `query ${input.queryType}`,
        type: 'client_query',
        kind: 'CLIENT',
        attributes: { 'temporal.query.name': input.queryType, ...executionAttributes(input.workflowExecution) },
      }),

    startUpdate: (input, next) =>
      trace(input, next, input.workflowExecution.workflowId, {
        name: `update ${input.updateName}`,
        type: 'client_update',
        kind: 'CLIENT',
        attributes: {
          'temporal.update.name': input.updateName,
          'temporal.update.id': input.options.updateId,
          ...executionAttributes(input.workflowExecution),
        },
        describe: (started) => ({ 'temporal.run.id': started.workflowRunId, 'temporal.update.id': started.updateId }),
      }),

    startUpdateWithStart: (given, next) => {
      const input = { ...given, workflowStartHeaders: withClientOperation(given.workflowStartHeaders) };
      if (isTraced(input.workflowStartHeaders) || isTraced(input.updateHeaders)) return next(input);
      const caller = callerOf(input.workflowStartHeaders);
      if (isLeftOut(caller, input.workflowStartOptions.workflowId)) return next(input);
      const call: ClientCall<Awaited<ReturnType<typeof next>>> = {
        name: `update ${input.updateName} with start ${input.workflowType}`,
        type: 'client_update_with_start',
        kind: 'CLIENT',
        attributes: {
          'temporal.update.name': input.updateName,
          'temporal.update.id': input.updateOptions.updateId,
          ...startAttributes(input.workflowType, input.workflowStartOptions),
        },
        describe: (started) => ({ 'temporal.run.id': started.workflowExecution.runId, 'temporal.update.id': started.updateId }),
      };
      return traceCall(options, caller, call, (place) => {
        if (place === undefined) return next(input);
        return next({
          ...input,
          workflowStartHeaders: writeTemporalHeaders(input.workflowStartHeaders, place),
          updateHeaders: writeTemporalHeaders(input.updateHeaders, place),
        });
      });
    },
  };
}

function handingOver<I extends { readonly headers: Headers }>(input: I): I {
  return { ...input, headers: withClientOperation(input.headers) };
}

function startAttributes(
  workflowType: string,
  options: { readonly workflowId: string; readonly taskQueue: string },
): Record<string, unknown> {
  return {
    'temporal.workflow.type': workflowType,
    'temporal.workflow.id': options.workflowId,
    'temporal.task_queue': options.taskQueue,
  };
}

function executionAttributes({ workflowId, runId }: WorkflowExecution): Record<string, unknown> {
  return { 'temporal.workflow.id': workflowId, 'temporal.run.id': runId };
}
