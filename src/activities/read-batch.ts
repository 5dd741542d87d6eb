import type { InvalidSpanError } from '../span/errors.js';
import { isSampled } from '../span/ids.js';
import type { Attributes, Span, SpanStatus } from '../span/span.js';
import { EVERSPAN_SCOPE } from '../wire/scope.js';
import type { RecordedConfig, SpanBatch } from '../wire/span-batch.js';
import { fromWireBatch, validateSpanBatch } from '../wire/wire-span.js';

/** A batch as this process delivers it. */
export interface ReadBatch {
  /** Checked; without the spans that are not valid. */
  readonly batch: SpanBatch;
  /** Whole, and only what sampling keeps. */
  readonly spans: readonly Span[];
  /** What is wrong with the spans that are not valid. */
  readonly invalid: readonly InvalidSpanError[];
}

/**
 * The spans of `candidate` that this process is to deliver.
 *
 * Where nobody has decided yet whether the trace is kept, `config` does; the run decides alike from the answer that it gets.
 *
 * @throws InvalidSpanBatchError when none of its spans can be read.
 */
export function readBatch(candidate: unknown, resource: Attributes, config: RecordedConfig): ReadBatch {
  const { batch, rejected } = validateSpanBatch(candidate);
  const kept = fromWireBatch(batch, resource, EVERSPAN_SCOPE).filter((span) => isKept(span, batch, config));
  const spans = batch.captureUndecided === true && !config.captureWorkflowIo ? kept.map(withoutRunIo) : kept;
  return { batch, spans, invalid: rejected.map(({ error }) => error) };
}

function isKept(span: Span, batch: SpanBatch, config: RecordedConfig): boolean {
  if (batch.samplingUndecided !== true || isSampled(batch.traceId, config.sampleRatio)) return true;
  return config.keepErrors && span.type === 'workflow' && FAILED_STATUSES.has(span.status);
}

/** Input and output of `withSpan` are the user's own doing, and stay. */
function withoutRunIo(span: Span): Span {
  if (span.type !== 'workflow') return span;
  const { input: _input, output: _output, attributes, ...rest } = span;
  const { 'everspan.truncated': cutParts, ...others } = attributes;
  const left = [cutParts ?? []].flat().filter((part) => part !== 'input' && part !== 'output') as string[];
  return { ...rest, attributes: left.length === 0 ? others : { ...others, 'everspan.truncated': left } };
}

const FAILED_STATUSES: ReadonlySet<SpanStatus> = new Set(['ERROR', 'TIMED_OUT']);
