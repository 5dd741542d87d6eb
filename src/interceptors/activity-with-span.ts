import { contextAt } from './otel-context.js';
import { context } from '@opentelemetry/api';
import type { ActiveSpan, WithSpanOptions } from '../workflows/active-span.js';
import { inertSpan } from '../workflows/active-span.js';
import { observeOutcome } from './observe-outcome.js';
import { ProcessSpan } from './process-span.js';
import { currentTrace } from './process-trace.js';
import { quietly } from './quietly.js';
import { textOf } from '../span/text-of.js';

/**
 * What `work` returns, timed as a span under the one whose code runs now, inside an activity or a Nexus operation.
 *
 * Returns the very promise of `work`; the span ends when that settles. Spans nest through awaits, and other OpenTelemetry
 * instrumentation nests in them. Where nothing is traced, `work` runs all the same.
 *
 * @example
 * const answer = await withSpan('rank passages', (span) => { span.setAttribute('passages', 40); return rank(passages); });
 */
export function withSpan<T>(name: string, work: (span: ActiveSpan) => T, options: WithSpanOptions = {}): T {
  const begun = quietly(() => beginSpan(name, options));
  if (begun === undefined) return work(inertSpan());
  if (!(begun instanceof ProcessSpan)) return work(begun);
  const place = contextAt({ traceId: begun.traceId, spanId: begun.spanId, isSampled: true });
  return observeOutcome(
    () => context.with(place, () => work(begun)),
    (outcome) => begun.end(outcome),
  );
}

function beginSpan(name: string, options: WithSpanOptions): ProcessSpan | ActiveSpan | undefined {
  const current = currentTrace();
  if (current === undefined) return undefined;
  const { trace, parentId } = current;
  if (!trace.place.isSampled) return inertSpan(trace.place.traceId, trace.place.spanId);
  const span = new ProcessSpan(trace.reporter, {
    spanId: trace.nextSpanId(),
    traceId: trace.place.traceId,
    parentId,
    name: textOf(name),
    kind: options.kind ?? 'INTERNAL',
    type: options.type ?? 'custom',
    ...(options.attributes === undefined ? {} : { attributes: options.attributes }),
  });
  if (options.input !== undefined) span.setInput(options.input);
  return span;
}
