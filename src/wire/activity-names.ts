/** The activity that delivers spans that have begun. */
export const START_SPAN = 'START_SPAN';
/** The activity that delivers spans that have ended. */
export const END_SPAN = 'END_SPAN';
/** The gate: the emission protocol's version. Its name, its ticks and its commands change together. */
export const PATCH_ID = 'everspan/1';
/** Header with our own trace context; see `TraceHeader`. */
export const TRACE_HEADER = 'everspan';
/** Header with the W3C carrier, the one that Temporal's own OpenTelemetry interceptors use in every language. */
export const W3C_HEADER = '_tracer-data';
/** Sink through which a run may hand over its last batch. */
export const SINK_NAME = 'everspan';
