import type { JsonValue, Span } from '../span/span.js';

type ErrorCategory = 'application' | 'platform' | 'unknown';

/** Failures that Temporal makes itself, by the names that its SDKs give them. */
const PLATFORM_FAILURES: ReadonlySet<string> = new Set([
  'TimeoutFailure',
  'TimeoutError',
  'TerminatedFailure',
  'TerminatedError',
  'ServerFailure',
  'ServerError',
  'ServiceError',
]);

/**
 * Metadata that SGP shows of a failed span: `error`, `error_type`, `error_message`, `error_category`.
 *
 * The type is the span's attribute `error.type`. The category is `platform` for what timed out or failed in Temporal itself,
 * `application` for any other named type, `unknown` where no type is given.
 */
export function sgpErrorFields(span: Span, message: string | undefined): [string, JsonValue][] {
  const errorType = span.attributes['error.type'];
  const fields: [string, JsonValue][] = [['error', true]];
  if (typeof errorType === 'string') fields.push(['error_type', errorType.toWellFormed()]);
  if (message !== undefined) fields.push(['error_message', message]);
  fields.push(['error_category', errorCategory(span, errorType)]);
  return fields;
}

function errorCategory(span: Span, errorType: unknown): ErrorCategory {
  if (span.status === 'UNKNOWN') return 'unknown';
  if (span.status === 'TIMED_OUT') return 'platform';
  if (typeof errorType !== 'string') return 'unknown';
  return PLATFORM_FAILURES.has(errorType) ? 'platform' : 'application';
}
