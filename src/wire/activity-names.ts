/** The activity that delivers spans that have begun. */
export const START_SPAN = 'START_SPAN';
/** The activity that delivers spans that have ended. */
export const END_SPAN = 'END_SPAN';
/** The gate: the emission protocol's version. Its name, its ticks and its commands change together. */
export const PATCH_ID = 'everspan/1';
/**
 * Says of a worker, as the name of an activity that nobody calls, that its configuration is not the default one: of its worker, workflow
 * code sees the names of the activities and nothing else. Says the same of a run, as a second patch: what it keeps is its first answer.
 */
export const CONFIGURED = 'everspan/1/configured';
/** Header with our own trace context; see `TraceHeader`. */
export const TRACE_HEADER = 'everspan';
/** Header with the W3C carrier, the one that Temporal's own OpenTelemetry interceptors use in every language. */
export const W3C_HEADER = '_tracer-data';
/** Sink through which a run hands over its last batch. */
export const SINK_NAME = 'everspan';
/** Activities that drive operations; see `operation-call.ts`. Names are for ever: they stand in histories. */
export const CREATE_OPERATION = 'CREATE_OPERATION';
export const TRANSITION_OPERATION = 'TRANSITION_OPERATION';
export const RECOVER_OPERATION = 'RECOVER_OPERATION';
export const RENEW_OPERATION = 'RENEW_OPERATION';
export const OPERATION_ACTIVITY_NAMES = [CREATE_OPERATION, TRANSITION_OPERATION, RECOVER_OPERATION, RENEW_OPERATION] as const;
export type OperationActivityName = (typeof OPERATION_ACTIVITY_NAMES)[number];
/** Header that names operations; see `OperationHeader`. Apart from the trace's: an operation is there where nothing is traced, too. */
export const OPERATION_HEADER = 'everspan-operation';

const OWN_ACTIVITIES: ReadonlySet<string> = new Set([START_SPAN, END_SPAN, CONFIGURED, ...OPERATION_ACTIVITY_NAMES]);

/** Whether an activity of this name is everspan's own. */
export function isOwnActivity(name: string): boolean {
  return OWN_ACTIVITIES.has(name);
}
