import { types } from 'node:util';
import { checkOptionNames, type OptionNames, type OptionOwner, wrongOption } from '../span/check-options.js';
import type { AttributeValue, JsonValue } from '../span/span.js';
import { describeValue } from '../span/validate-span.js';
import { ProcessorOptionsError } from './errors.js';
import type { AppliedRedaction, RedactionRules } from './redaction.js';

const REPLACEMENT_DEFAULT = '[redacted]';

// Also those of another realm, which a test runner may hand over.
const { isRegExp } = types;
const OWNER: OptionOwner = { name: 'redaction', makeError: (option, message) => new ProcessorOptionsError(option, message) };
const NAMES: OptionNames<RedactionRules> = { names: true, patterns: true, replacement: true };

/**
 * `rules` applied to the parts of a span.
 *
 * @throws ProcessorOptionsError for rules that are none, and for those that would leave every span as it is: what was meant to be taken out would
 *   come out, and nobody would know.
 */
export function redactionByRules(rules: RedactionRules): AppliedRedaction {
  checkRules(rules);
  const replacement = rules.replacement ?? REPLACEMENT_DEFAULT;
  const isNamed = nameTest(rules.names ?? []);
  const patterns = (rules.patterns ?? []).map((pattern) => withoutMemory(pattern, 'g'));
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

function checkRules(rules: RedactionRules): void {
  if (Array.isArray(rules)) {
    throw new ProcessorOptionsError(
      '',
      `redaction must be a function or an object, got ${describeValue(rules)}: write redaction: { names: […] }`,
    );
  }
  checkOptionNames(OWNER, rules, NAMES);
  const { names, patterns, replacement } = rules;
  if (names !== undefined && (!Array.isArray(names) || !names.every(isName)))
    throw wrongOption(OWNER, 'names', 'a list of texts and regular expressions', firstWrong(names, isName));
  if (patterns !== undefined && (!Array.isArray(patterns) || !patterns.every(isRegExp)))
    throw wrongOption(OWNER, 'patterns', 'a list of regular expressions', firstWrong(patterns, isRegExp));
  if (replacement !== undefined && typeof replacement !== 'string') throw wrongOption(OWNER, 'replacement', 'text', replacement);
  if ((names ?? []).length + (patterns ?? []).length > 0) return;
  throw new ProcessorOptionsError('', 'redaction takes nothing out: give it names or patterns, or leave it out');
}

/** What of a list to show: the first member that is none, or the whole where it is no list. */
function firstWrong(list: unknown, isMember: (member: unknown) => boolean): unknown {
  return Array.isArray(list) ? list.find((member) => !isMember(member)) : list;
}

function isName(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || isRegExp(value);
}

function nameTest(names: readonly (string | RegExp)[]): (name: string) => boolean {
  const texts = new Set<string>();
  const expressions: RegExp[] = [];
  for (const name of names) {
    if (typeof name === 'string') texts.add(name.toLowerCase());
    else expressions.push(withoutMemory(name, ''));
  }
  return (name) => texts.has(name.toLowerCase()) || expressions.some((expression) => expression.test(name));
}

// A copy: a global or sticky expression remembers where it was, and would miss what stands before that.
function withoutMemory(expression: RegExp, flag: '' | 'g'): RegExp {
  return new RegExp(expression.source, expression.flags.replaceAll(/[gy]/g, '') + flag);
}
