export { WaitTimeoutError } from './processors/errors.js';
export { InMemoryProcessor } from './processors/in-memory-processor.js';
export { TraceAssertionError } from './testing/errors.js';
export { expectTrace, type SpanSource, type TraceExpectation } from './testing/expect-trace.js';
export type { ExpectedSpan, SpanPattern } from './testing/expected-span.js';
export { formatTrace, type FormatTraceOptions, type TracePart } from './export/format-trace.js';
export type { MatchTreeOptions } from './testing/match-tree.js';
