import { groupByTrace } from '../export/group-by-trace.js';
import type { Span } from '../span/span.js';

/** The trace that is meant, or why none is; `choices` says what may be named, one line each. */
export type ChosenTrace = { readonly traceId: string } | { readonly problem: string; readonly choices: readonly string[] };

/**
 * The trace that `which` names among those of `spans`: by its id, or by the id of a workflow that ran in it. Without `which`, the only one.
 *
 * A workflow id names the trace of the run itself, not those of a client's signals, queries and updates to it.
 */
export function chooseTrace(spans: readonly Span[], which: string | undefined): ChosenTrace {
  const traces = groupByTrace(spans);
  if (traces.size === 0) return { problem: 'there are no spans', choices: [] };
  const choices = [...traces.values()].map(describeTrace);
  if (which === undefined) {
    const [only] = traces.keys();
    if (traces.size === 1 && only !== undefined) return { traceId: only };
    const how = 'expectTrace(source, which), by the id of the trace or of a workflow that ran in it';
    return { problem: `there are ${traces.size} traces, say which is meant: ${how}`, choices };
  }
  if (traces.has(which)) return { traceId: which };
  const ofWorkflow = [...traces].filter(([, members]) => workflowIds(members).includes(which));
  const [first] = ofWorkflow;
  if (ofWorkflow.length > 1) {
    const problem = `workflow ${which} ran in ${ofWorkflow.length} traces, name one by its id`;
    return { problem, choices: ofWorkflow.map(([, members]) => describeTrace(members)) };
  }
  if (first !== undefined) return { traceId: first[0] };
  return { problem: `there is no trace ${which}, and no workflow of that id ran in one`, choices };
}

function workflowIds(spans: readonly Span[]): string[] {
  const ids = spans.flatMap((span) => {
    const workflowId = span.attributes['temporal.workflow.id'];
    return span.type === 'workflow' && typeof workflowId === 'string' ? [workflowId] : [];
  });
  return [...new Set(ids)];
}

function describeTrace(spans: readonly Span[]): string {
  const byStart = spans.toSorted((a, b) => a.startTime - b.startTime);
  const first = byStart.find((span) => span.parentId === undefined) ?? byStart[0];
  const ids = workflowIds(spans).map((id) => JSON.stringify(id));
  const names = [JSON.stringify(first?.traceId), ...ids].join(' or ');
  return `${names}: ${first?.name}, ${spans.length} ${spans.length === 1 ? 'span' : 'spans'}`;
}
