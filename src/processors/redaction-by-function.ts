import { cleanAttributes, cleanJson } from '../span/clean-value.js';
import { DIRECT_VALUE_BYTES_MAX } from '../span/limits.js';
import type { AttributeValue, JsonValue } from '../span/span.js';
import type { AppliedRedaction, RedactionPlace, Redactor } from './redaction.js';

/** Stands for a value whose redactor threw, or answered with something that is no value. */
export const REDACTION_FAILED = '[redaction failed]';

/** `redactor` applied to the parts of a span. Whatever it does, nothing it was asked about gets through by its failure. */
export function redactionByFunction(redactor: Redactor): AppliedRedaction {
  return {
    text(text, field) {
      const answer = ask(redactor, text, { field });
      return answer === undefined || typeof answer === 'string' ? answer : JSON.stringify(answer);
    },
    attributes(attributes) {
      const entries = Object.entries(attributes).flatMap(([name, value]): [string, AttributeValue][] => {
        const answer = ask(redactor, value, { field: 'attribute', attribute: name });
        if (answer === value) return [[name, value]];
        const cleaned = cleanAttributes({ answer }).value['answer'];
        return cleaned === undefined ? [] : [[name, cleaned]];
      });
      return Object.fromEntries(entries);
    },
    value: (value, field) => redactValue(redactor, value, { field, path: [] }),
  };
}

type ValuePlace = RedactionPlace & { readonly path: readonly (string | number)[] };

function redactValue(redactor: Redactor, value: JsonValue, place: ValuePlace): JsonValue | undefined {
  const answer = ask(redactor, value, place);
  // What it has put there is its own; what it has left as it was may still have members to redact.
  if (answer !== value || typeof value !== 'object' || value === null) return answer;
  const member = (step: string | number, inner: JsonValue): JsonValue | undefined =>
    redactValue(redactor, inner, { ...place, path: [...place.path, step] });
  // A list keeps its places: what is left out of it becomes null.
  if (Array.isArray(value)) return value.map((inner: JsonValue, index) => member(index, inner) ?? null);
  const entries = Object.entries(value).flatMap(([key, inner]: [string, JsonValue]): [string, JsonValue][] => {
    const kept = member(key, inner);
    return kept === undefined ? [] : [[key, kept]];
  });
  return Object.fromEntries(entries);
}

// The one place that meets the user's function.
function ask(redactor: Redactor, value: JsonValue, place: RedactionPlace): JsonValue | undefined {
  try {
    const answer: unknown = redactor(value, place);
    if (answer === value || answer === undefined) return answer as JsonValue | undefined;
    if (isPromise(answer)) {
      // Nobody waits for an async redactor, and a rejection that nobody hears would end the process.
      answer.then(undefined, () => undefined);
      return REDACTION_FAILED;
    }
    return cleanJson(answer, DIRECT_VALUE_BYTES_MAX).value ?? REDACTION_FAILED;
  } catch {
    // Whatever it throws: the value must not get through.
    return REDACTION_FAILED;
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
