import { proxyActivities, proxyLocalActivities, setWorkflowOptions, sleep, startChild } from '@temporalio/workflow';
import { currentIsolate } from '../../../src/workflows/isolate.js';

const { step } = proxyActivities<{ step(value: number): Promise<number> }>({ startToCloseTimeout: '1 minute' });
const local = proxyLocalActivities<{ step(value: number): Promise<number> }>({ startToCloseTimeout: '1 minute' });

class Declared extends TypeError {}
setWorkflowOptions({ failureExceptionTypes: [Declared] }, internals);

/** What this version of the SDK has of the parts that everspan uses, each by the name in `Isolate`. */
export async function internals(): Promise<Record<string, unknown>> {
  const isolate = currentIsolate();
  const { nextSeqs, interceptors, completions } = isolate ?? {};
  const [activitySeq, timerSeq] = [nextSeqs?.activity, nextSeqs?.timer];
  const commandCount = isolate?.commands?.length ?? 0;
  const calls = [step(1), local.step(2), sleep(1)];
  const found = {
    commands: (isolate?.commands?.length ?? 0) - commandCount,
    completed: isolate?.completed,
    info: typeof isolate?.info.originalExecutionRunId,
    registeredActivityNames: isolate?.registeredActivityNames?.has('step'),
    rootScope: isolate?.rootScope?.consideredCancelled,
    activitySeqs: (nextSeqs?.activity ?? 0) - (activitySeq ?? 0),
    timerSeqs: (nextSeqs?.timer ?? 0) - (timerSeq ?? 0),
    outbound: Array.isArray(interceptors?.outbound),
    completions: Object.entries(completions ?? {})
      .filter(([, table]) => table instanceof Map)
      .map(([kind]) => kind)
      .sort(),
    activityCompletion: completionOf(completions?.activity.get(activitySeq ?? -1)),
    localCompletion: completionOf(completions?.activity.get((activitySeq ?? -1) + 1)),
    timerCompletion: completionOf(completions?.timer.get(timerSeq ?? -1)),
    isConfiguredFailureException: [new TypeError('not declared'), new Declared('declared')].map((error) =>
      isolate?.isConfiguredFailureException?.(error),
    ),
    failureExceptionTypeNames: Array.isArray(isolate?.failureExceptionTypeNames),
    workflowDefinitionFailureExceptionTypes: isolate?.workflowDefinitionFailureExceptionTypes?.[0] === Declared,
  };
  await Promise.all(calls);
  const child = await startChild(leaf);
  await child.result();
  return found;
}

export async function leaf(): Promise<void> {}

function completionOf(completion: unknown): string[] {
  return ['resolve', 'reject'].filter(
    (name) => typeof (completion as Record<string, unknown> | undefined)?.[name] === 'function',
  );
}
