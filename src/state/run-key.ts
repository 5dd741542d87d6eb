import type { SpanRun } from './open-span-index.js';

/** `run` as one text without spaces and braces, from which it can be read back. */
export function runKey({ namespace, workflowId, runId }: SpanRun): string {
  return [namespace, workflowId, runId].map((part) => encodeURIComponent(part.toWellFormed())).join('/');
}

/** The run that a key names; `undefined` where it names none. */
export function runOf(key: string): SpanRun | undefined {
  const [namespace, workflowId, runId, more] = key.split('/');
  if (namespace === undefined || workflowId === undefined || runId === undefined || more !== undefined) return undefined;
  try {
    return {
      namespace: decodeURIComponent(namespace),
      workflowId: decodeURIComponent(workflowId),
      runId: decodeURIComponent(runId),
    };
  } catch {
    // A percent sign that begins nothing: not a key of ours.
    return undefined;
  }
}
