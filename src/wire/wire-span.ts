import { InvalidSpanError } from '../span/errors.js';
import { isTraceId } from '../span/ids.js';
import type { Attributes, Span, SpanScope } from '../span/span.js';
import { describeValue, isAttributes, isCount, isObject, validateSpan } from '../span/validate-span.js';
import { InvalidSpanBatchError } from './errors.js';
import type { SpanBatch, WireSpan } from './span-batch.js';
import { ATTEMPT_DEFAULT, REVISION_DEFAULT } from './to-wire-span.js';

/**
 * The spans of `batch`, whole, in its order: defaults filled in, shared attributes under each span's own, source `observed`.
 *
 * @param batch - Valid (see `validateSpanBatch`).
 * @param resource - The process that delivers: it becomes the resource of every span.
 */
export function fromWireBatch(batch: SpanBatch, resource: Attributes, scope: SpanScope): Span[] {
  return batch.spans.map((wire) => wholeSpan(wire, batch, resource, scope));
}

/** A batch with its good spans only, and what was wrong with each of the others. */
export interface CheckedSpanBatch {
  readonly batch: SpanBatch;
  /** `index` counts in the batch as it came. */
  readonly rejected: readonly { readonly index: number; readonly error: InvalidSpanError }[];
}

/**
 * `candidate` as a batch from which every span that is not valid has been taken out and reported.
 *
 * @throws InvalidSpanBatchError when what the spans share is wrong, so that none of them can be read.
 */
export function validateSpanBatch(candidate: unknown): CheckedSpanBatch {
  if (!isObject(candidate)) fail('NOT_AN_OBJECT', 'an object', candidate);
  const { v, traceId, shared, spans, dropped, last, samplingUndecided, captureUndecided } = candidate;
  if (v !== 1) fail('UNKNOWN_VERSION', 'version 1 (v)', v);
  if (!isTraceId(traceId)) fail('INVALID_TRACE_ID', 'a traceId of 32 lower-case hex digits', traceId);
  if (!isAttributes(shared)) fail('INVALID_SHARED', 'shared attributes', shared);
  if (!Array.isArray(spans)) fail('INVALID_SPANS', 'a list of spans', spans);
  if (dropped !== undefined && !isCounts(dropped)) fail('INVALID_DROPPED', 'whole numbers by reason (dropped)', dropped);

  const envelope = {
    v,
    traceId,
    shared,
    ...(dropped === undefined ? {} : { dropped }),
    ...(last === true ? { last: true as const } : {}),
    ...(samplingUndecided === true ? { samplingUndecided: true as const } : {}),
    ...(captureUndecided === true ? { captureUndecided: true as const } : {}),
  } as const;
  const kept: WireSpan[] = [];
  const rejected: { index: number; error: InvalidSpanError }[] = [];
  for (const [index, wire] of (spans as readonly unknown[]).entries()) {
    try {
      // Only the whole span shows whether the wire's part is valid: the checks are those of every other way in.
      if (isObject(wire)) validateSpan(wholeSpan(wire as unknown as WireSpan, envelope, NO_ATTRIBUTES, ANY_SCOPE));
      else validateSpan(wire);
      kept.push(wire as WireSpan);
    } catch (error) {
      if (!(error instanceof InvalidSpanError)) throw error;
      rejected.push({ index, error });
    }
  }
  return { batch: { ...envelope, spans: kept }, rejected };
}

const NO_ATTRIBUTES: Attributes = {};
const ANY_SCOPE: SpanScope = { name: '' };

function wholeSpan(wire: WireSpan, batch: Pick<SpanBatch, 'traceId' | 'shared'>, resource: Attributes, scope: SpanScope): Span {
  return {
    spanId: wire.spanId,
    traceId: batch.traceId,
    ...(wire.parentId === undefined ? {} : { parentId: wire.parentId }),
    name: wire.name,
    kind: wire.kind,
    type: wire.type,
    startTime: wire.startTime,
    ...(wire.endTime === undefined ? {} : { endTime: wire.endTime }),
    status: wire.status,
    ...(wire.statusMessage === undefined ? {} : { statusMessage: wire.statusMessage }),
    attributes: mergedAttributes(batch.shared, wire.attributes),
    events: wire.events ?? [],
    links: wire.links ?? [],
    ...(wire.input === undefined ? {} : { input: wire.input }),
    ...(wire.output === undefined ? {} : { output: wire.output }),
    resource,
    scope,
    source: 'observed',
    revision: wire.revision ?? REVISION_DEFAULT,
    attempt: wire.attempt ?? ATTEMPT_DEFAULT,
  };
}

function mergedAttributes(shared: Attributes, own: Attributes | undefined): Attributes {
  if (own === undefined) return shared;
  // What is no object is kept as it is, so that validation sees it; spreading it would hide it.
  return isObject(own) ? { ...shared, ...own } : own;
}

function isCounts(value: unknown): value is Readonly<Record<string, number>> {
  return isObject(value) && Object.values(value).every(isCount);
}

function fail(code: ConstructorParameters<typeof InvalidSpanBatchError>[0], wanted: string, got: unknown): never {
  throw new InvalidSpanBatchError(code, `a span batch must have ${wanted}, got ${describeValue(got)}`);
}
