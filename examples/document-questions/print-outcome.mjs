import { formatTrace } from 'everspan/testing';

/** @typedef {import('./span-files.mjs').SeenSpan} SeenSpan */

/**
 * Prints the answer, the trace as a tree, what was killed, what the operations went through, and how many spans were opened and closed.
 *
 * @param {{
 *   question: string,
 *   result: { answer: string, sources: string[], passages: number, resumed?: { step: string, passages: number, savedMs: number } },
 *   killed: { pid: number | undefined, at: Date, open: string[] } | undefined,
 *   givenUp: { workflowId: string, spans: SeenSpan[] } | undefined,
 *   operations: import('./operations.mjs').SeenOperation[],
 *   spans: SeenSpan[],
 *   spanFolder: string,
 * }} outcome
 * @returns {boolean} Whether every span is closed.
 */
export function printOutcome({ question, result, killed, givenUp, operations, spans, spanFolder }) {
  // The workflow's trace; a client that signals from elsewhere has a trace of its own.
  const traceId = spans.find(({ span }) => span.type === 'workflow')?.span.traceId;
  const trace = spans.filter(({ span }) => span.traceId === traceId);
  /** @type {Map<string, SeenSpan>} */
  const bySpanId = new Map(trace.map((seen) => [seen.span.spanId, seen]));

  console.log(
    `\nQuestion: ${question}\nAnswer:   ${result.answer}\nSources:  ${result.sources.join(', ')} (of ${result.passages} passages)\n`,
  );
  console.log(
    formatTrace(
      trace.map(({ span }) => span),
      {
        width: process.stdout.columns ?? 120,
        columns: {
          attempt: (span) => (span.type === 'attempt' ? span.attempt : undefined),
          // A span that came and went between two flushes is told of once.
          opened: (span) => bySpanId.get(span.spanId)?.openedBy ?? bySpanId.get(span.spanId)?.closedBy,
          closed: (span) => bySpanId.get(span.spanId)?.closedBy,
        },
      },
    ),
  );

  const closed = spans.filter(({ span }) => span.endTime !== undefined).length;
  if (killed !== undefined) {
    console.log(
      `\nworker ${killed.pid} was killed at ${killed.at.toISOString()} with ${killed.open.length} spans open: ${killed.open.join(', ')}`,
    );
  }
  const { resumed } = result;
  if (resumed !== undefined) {
    console.log(
      `its operation was reclaimed and resumed from the checkpoint "${resumed.step}": ${resumed.passages} passages not ranked again, ${resumed.savedMs} ms of work saved`,
    );
  }
  for (const { operationId, states, epoch } of operations)
    console.log(`\noperation ${operationId} (epoch ${epoch}): ${states.join(' → ')}`);
  if (givenUp !== undefined) {
    const ended = givenUp.spans.filter(({ span }) => span.attributes['everspan.ended_by'] === 'watchdog');
    const names = ended.map(({ span }) => `${span.name} (${span.status})`);
    console.log(`\n${givenUp.workflowId} was terminated; the watchdog's sweep closed ${ended.length} spans: ${names.join(', ')}`);
  }
  console.log(`\n${spans.length} spans opened, ${closed} closed (in ${spanFolder})`);
  for (const { span } of spans)
    if (span.endTime === undefined) console.log(`still open: ${span.type} ${span.name} ${span.spanId}`);
  return closed === spans.length && spans.length > 0;
}
