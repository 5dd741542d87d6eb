import { canonicalJson } from '../span/canonical-json.js';
import type { AttributeValue, Span, SpanKind, SpanStatus } from '../span/span.js';

/** What a span must be like; what is left out may be anything. */
export interface ExpectedSpan {
  readonly name?: string | RegExp;
  readonly type?: string;
  readonly kind?: SpanKind;
  readonly status?: SpanStatus;
  readonly statusMessage?: string | RegExp;
  /** Attributes that must be there; others may be there too. */
  readonly attributes?: Readonly<Record<string, AttributeValue | RegExp>>;
  /** All of its children, unless other ones are allowed; left out: any. `[]` is a span without children. */
  readonly children?: readonly SpanPattern[];
}

/** An expected span; text or a regular expression stands for one of which only the name matters. */
export type SpanPattern = string | RegExp | ExpectedSpan;

/** `pattern` written out. */
export function asExpectedSpan(pattern: SpanPattern): ExpectedSpan {
  return typeof pattern === 'string' || isRegExp(pattern) ? { name: pattern } : pattern;
}

/** What of `span` itself, its children apart, is not as expected: one sentence each. */
export function fieldProblems(span: Span, expected: ExpectedSpan): string[] {
  const problems: string[] = [];
  const check = (field: string, actual: unknown, wanted: unknown): void => {
    if (wanted !== undefined && !isAsWanted(actual, wanted))
      problems.push(`${field} is ${show(actual)}, expected ${show(wanted)}`);
  };
  check('name', span.name, expected.name);
  check('type', span.type, expected.type);
  check('kind', span.kind, expected.kind);
  check('status', span.status, expected.status);
  check('status message', span.statusMessage, expected.statusMessage);
  for (const [name, wanted] of Object.entries(expected.attributes ?? {})) {
    check(`attribute ${name}`, span.attributes[name], wanted);
  }
  return problems;
}

/** Whether the name fits, so that a span is the one that was probably meant. */
export function hasExpectedName(span: Span, expected: ExpectedSpan): boolean {
  return expected.name === undefined || isAsWanted(span.name, expected.name);
}

/** An expected span in a few words, e.g. `activity "fetch" OK`. */
export function describeExpected(expected: ExpectedSpan): string {
  const name = expected.name === undefined ? undefined : show(expected.name);
  const words = [expected.type, name, expected.status].filter((word) => word !== undefined);
  return words.length === 0 ? 'any span' : words.join(' ');
}

function isAsWanted(actual: unknown, wanted: unknown): boolean {
  // search starts anew each time, where test would go on from the last match of a global expression.
  if (isRegExp(wanted)) return typeof actual === 'string' && actual.search(wanted) !== -1;
  return actual !== undefined && canonicalJson(actual) === canonicalJson(wanted);
}

// By tag: a test runner may hand over an expression of another realm.
function isRegExp(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === '[object RegExp]';
}

function show(value: unknown): string {
  if (value === undefined) return 'absent';
  return isRegExp(value) ? String(value) : JSON.stringify(value);
}
