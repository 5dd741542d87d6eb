import type { Attributes, JsonValue, Span } from '../span/span.js';
import { REDACTION_FAILED, redactionByFunction } from './redaction-by-function.js';
import { redactionByRules } from './redaction-by-rules.js';

/** Where in a span a value stands. */
export interface RedactionPlace {
  /** `event` is the name of a moment; `attribute` stands for attributes of the span, its moments, its links and its resource. */
  readonly field: 'name' | 'statusMessage' | 'event' | 'attribute' | 'input' | 'output';
  /** Name of the attribute; only with `attribute`. */
  readonly attribute?: string;
  /** Keys and indexes from the top of the value; only with `input` and `output`. */
  readonly path?: readonly (string | number)[];
}

/**
 * What stands in place of `value`; `undefined` leaves it out. Synchronous and pure: the same span must come out the same each time
 * it is sent.
 *
 * Within `input` and `output` it is asked for the whole first, then for each member of what it leaves unchanged. Names of
 * attributes and keys it is not asked for.
 */
export type Redactor = (value: JsonValue, place: RedactionPlace) => JsonValue | undefined;

/** Redaction without code: which values go, by name, and which pieces of text, by pattern. */
export interface RedactionRules {
  /** Attributes, and keys at any depth of `input` and `output`, whose values are replaced. Text matches whole, in any case. */
  readonly names?: readonly (string | RegExp)[];
  /** Pieces of text that are replaced wherever they stand: names, messages, stacks, keys and values at any depth, also of numbers. */
  readonly patterns?: readonly RegExp[];
  /** Default `[redacted]`. */
  readonly replacement?: string;
}

/** What is taken out of spans before any processor sees them. */
export type Redaction = Redactor | RedactionRules;

/** A redaction, ready to be applied to the parts of a span. */
export interface AppliedRedaction {
  /** `undefined`: left out. */
  text(text: string, field: 'name' | 'statusMessage' | 'event'): string | undefined;
  attributes(attributes: Attributes): Attributes;
  /** `undefined`: left out. */
  value(value: JsonValue, field: 'input' | 'output'): JsonValue | undefined;
}

const REMOVED_NAME = '[redacted]';

/**
 * A function that takes out of a span what `redaction` says: of its name, status message, attributes, input and output, of the names
 * and attributes of its moments (so of `exception.message` and `exception.stacktrace`), and of the attributes of links and resource.
 *
 * Fails closed: where a redactor throws, what it was asked about is replaced by `[redaction failed]`. The function never throws.
 * Ids, times, kind, type and status stay as they are.
 *
 * @throws ProcessorOptionsError for rules that are none.
 */
export function createSpanRedactor(redaction: Redaction): (span: Span) => Span {
  const applied = typeof redaction === 'function' ? redactionByFunction(redaction) : redactionByRules(redaction);
  return (span) => redactWith(applied, span);
}

const REDACTORS = new WeakMap<Redaction, (span: Span) => Span>();

/** `span` as `createSpanRedactor(redaction)` leaves it. The function is made once for each `redaction`. */
export function redactSpan(span: Span, redaction: Redaction): Span {
  let redactor = REDACTORS.get(redaction);
  if (redactor === undefined) {
    redactor = createSpanRedactor(redaction);
    REDACTORS.set(redaction, redactor);
  }
  return redactor(span);
}

function redactWith(applied: AppliedRedaction, span: Span): Span {
  const { statusMessage, input, output, ...rest } = span;
  const redactedMessage = statusMessage === undefined ? undefined : applied.text(statusMessage, 'statusMessage');
  const redactedInput = input === undefined ? undefined : valueOrNothing(applied, input, 'input');
  const redactedOutput = output === undefined ? undefined : valueOrNothing(applied, output, 'output');
  return {
    ...rest,
    name: applied.text(span.name, 'name') ?? REMOVED_NAME,
    ...(redactedMessage === undefined ? {} : { statusMessage: redactedMessage }),
    ...(redactedInput === undefined ? {} : { input: redactedInput }),
    ...(redactedOutput === undefined ? {} : { output: redactedOutput }),
    attributes: applied.attributes(span.attributes),
    resource: applied.attributes(span.resource),
    events: span.events.map((moment) => ({
      ...moment,
      name: applied.text(moment.name, 'event') ?? REMOVED_NAME,
      ...(moment.attributes === undefined ? {} : { attributes: applied.attributes(moment.attributes) }),
    })),
    links: span.links.map((link) => ({
      ...link,
      ...(link.attributes === undefined ? {} : { attributes: applied.attributes(link.attributes) }),
    })),
  };
}

function valueOrNothing(applied: AppliedRedaction, value: JsonValue, field: 'input' | 'output'): JsonValue | undefined {
  try {
    return applied.value(value, field);
  } catch {
    // Nested so deep that the walk ran out of stack.
    return REDACTION_FAILED;
  }
}
