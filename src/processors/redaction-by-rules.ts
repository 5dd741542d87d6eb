import type { AttributeValue, JsonValue } from '../span/span.js';
import { ProcessorOptionsError } from './errors.js';
import type { AppliedRedaction, RedactionRules } from './redaction.js';

const REPLACEMENT_DEFAULT = '[redacted]';

/**
 * `rules` applied to the parts of a span.
 *
 * @throws ProcessorOptionsError where a name is neither text nor an expression, or a pattern is no expression.
 */
export function redactionByRules(rules: RedactionRules): AppliedRedaction {
  const replacement = rules.replacement ?? REPLACEMENT_DEFAULT;
  const isNamed = nameTest(rules.names ?? []);
  const patterns = (rules.patterns ?? []).map((pattern) => withoutMemory(pattern, 'patterns', 'g'));
  // The replacement comes from a function, so that "$&" in it brings nothing back.
  const cleanText = (text: string): string => patterns.reduce((rest, pattern) => rest.replace(pattern, () => replacement), text);

  const cleanValue = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') return cleanText(value);
    if (typeof value === 'number') return cleanNumber(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(cleanValue);
    return Object.fromEntries(
      Object.entries(value).map(([key, member]: [string, JsonValue]) => [
        cleanText(key),
        isNamed(key) ? replacement : cleanValue(member),
      ]),
    );
  };
  const cleanNumber = (value: number): number | string => {
    const text = String(value);
    const cleaned = cleanText(text);
    return cleaned === text ? value : cleaned;
  };
  const cleanAttribute = (value: AttributeValue): AttributeValue => {
    if (!Array.isArray(value)) return cleanValue(value) as AttributeValue;
    const members = value.map(cleanValue);
    // A list has one type: where a number of it becomes text, all do.
    const isMixed = members.some((member) => typeof member !== typeof members[0]);
    return isMixed ? members.map(String) : (members as unknown as AttributeValue);
  };

  return {
    text: cleanText,
    attributes: (attributes) =>
      Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [cleanText(name), isNamed(name) ? replacement : cleanAttribute(value)]),
      ),
    value: cleanValue,
  };
}

function nameTest(names: readonly (string | RegExp)[]): (name: string) => boolean {
  const texts = new Set<string>();
  const expressions: RegExp[] = [];
  for (const name of names) {
    if (typeof name === 'string') texts.add(name.toLowerCase());
    else expressions.push(withoutMemory(name, 'names', ''));
  }
  return (name) => texts.has(name.toLowerCase()) || expressions.some((expression) => expression.test(name));
}

// A copy: a global or sticky expression remembers where it was, and would miss what stands before that.
function withoutMemory(expression: RegExp, option: 'names' | 'patterns', flag: '' | 'g'): RegExp {
  if (!(expression instanceof RegExp)) {
    throw new ProcessorOptionsError(option, `redaction: ${option} must hold regular expressions, got a ${typeof expression}`);
  }
  return new RegExp(expression.source, expression.flags.replaceAll(/[gy]/g, '') + flag);
}
