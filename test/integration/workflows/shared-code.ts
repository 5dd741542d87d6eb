import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { activeTrace, withSpan } from '../../../src/workflow.js';
import { RunTracer } from '../../../src/workflows/run-tracer.js';

export const go = defineSignal('go');

/** Waits, as many others do at the same time, inside a span of its own. */
export async function waitBesideOthers(): Promise<{ traceId: string | undefined; isCodeShared: boolean }> {
  let mayGo = false;
  setHandler(go, () => {
    mayGo = true;
  });
  await withSpan('waiting', () => condition(() => mayGo));
  // The SDK freezes what workflows share.
  return { traceId: activeTrace()?.traceId, isCodeShared: Object.isFrozen(RunTracer) };
}
