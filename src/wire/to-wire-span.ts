import type { Span } from '../span/span.js';
import type { WireSpan } from './span-batch.js';

/** What `revision` and `attempt` are where a span does not say. */
export const REVISION_DEFAULT = 0;
export const ATTEMPT_DEFAULT = 1;

/** What of a span travels; the batch and the process that delivers it add the rest. */
export type SpanFacts = {
  readonly [Field in keyof Omit<Span, 'traceId' | 'resource' | 'scope' | 'source'>]: Span[Field] | undefined;
} & Pick<
  Span,
  'spanId' | 'name' | 'kind' | 'type' | 'startTime' | 'status' | 'attributes' | 'events' | 'links' | 'revision' | 'attempt'
>;

/**
 * `span` as it travels in a batch: without what the batch says once and without what equals a default.
 *
 * Attributes stay whole; a caller that has put some into `shared` leaves them out of `span` first.
 */
export function toWireSpan(span: SpanFacts): WireSpan {
  return {
    spanId: span.spanId,
    ...(span.parentId === undefined ? {} : { parentId: span.parentId }),
    name: span.name,
    kind: span.kind,
    type: span.type,
    startTime: span.startTime,
    ...(span.endTime === undefined ? {} : { endTime: span.endTime }),
    status: span.status,
    ...(span.statusMessage === undefined ? {} : { statusMessage: span.statusMessage }),
    ...(span.input === undefined ? {} : { input: span.input }),
    ...(span.output === undefined ? {} : { output: span.output }),
    ...(Object.keys(span.attributes).length === 0 ? {} : { attributes: span.attributes }),
    ...(span.events.length === 0 ? {} : { events: span.events }),
    ...(span.links.length === 0 ? {} : { links: span.links }),
    ...(span.revision === REVISION_DEFAULT ? {} : { revision: span.revision }),
    ...(span.attempt === ATTEMPT_DEFAULT ? {} : { attempt: span.attempt }),
  };
}
