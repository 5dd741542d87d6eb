import type { ClientInterceptors, ClientOptions, WorkflowClientInterceptor } from '@temporalio/client';
import type { SpanPipeline } from '../activities/span-pipeline.js';
import { createClientInterceptors } from '../interceptors/client-interceptor.js';
import { createOperationClientInterceptor } from '../interceptors/client-operation.js';
import type { ResolvedOptions } from './plugin-options.js';
import { isRolledOut } from './rollout.js';

const ours = new WeakSet<object>();

/** `given` with our client interceptors behind the user's, once however often it is called. In mode `off` those for operations alone. */
export function configureClient(pipeline: SpanPipeline, options: ResolvedOptions, given: ClientOptions): ClientOptions {
  return { ...given, interceptors: withClientInterceptors(pipeline, options, given.interceptors) };
}

/** `interceptors` with ours behind them, once. */
export function withClientInterceptors(
  pipeline: SpanPipeline,
  options: ResolvedOptions,
  interceptors: ClientInterceptors = {},
): ClientInterceptors {
  const lists: readonly unknown[] = Object.values(interceptors);
  if (lists.some((list) => Array.isArray(list) && list.some((one: unknown) => ours.has(Object(one) as object)))) {
    return interceptors;
  }
  if (options.mode === 'off') {
    const handOver = createOperationClientInterceptor();
    ours.add(handOver);
    return { ...interceptors, workflow: withWorkflowInterceptor(interceptors.workflow, handOver) };
  }
  const { sampleRatio, keepErrors, rollout } = options;
  const added = createClientInterceptors({
    pipeline,
    sampleRatio,
    keepErrors,
    ...(rollout === 1 ? {} : { isRolledOut: (workflowId: string) => isRolledOut(workflowId, rollout) }),
  });
  for (const one of Object.values<object>({ ...added })) ours.add(one);
  return {
    ...interceptors,
    workflow: withWorkflowInterceptor(interceptors.workflow, added.workflow),
    schedule: [...(interceptors.schedule ?? []), added.schedule],
    nexus: [...(interceptors.nexus ?? []), added.nexus],
    activity: [...(interceptors.activity ?? []), added.activity],
  };
}

function withWorkflowInterceptor(
  given: ClientInterceptors['workflow'],
  added: WorkflowClientInterceptor,
): NonNullable<ClientInterceptors['workflow']> {
  if (given === undefined || Array.isArray(given)) return [...(given ?? []), added];
  // The deprecated form takes factories, one call a workflow.
  // oxlint-disable-next-line typescript/no-deprecated -- the user's form is kept
  return { ...given, calls: [...(given.calls ?? []), () => added] };
}
