import { EverspanConfigError } from './config-error.js';
import { describeValue, isObject } from './validate-span.js';

/** The names of all options of `T`: complete, or it does not compile. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/** Who takes the options, and what is thrown where one is wrong. */
export interface OptionOwner {
  /** Begins each message, e.g. `everspan` or `JsonlProcessor`. */
  readonly name: string;
  /** Options that the ones looked at stand in, e.g. `artefacts`; default: none. */
  readonly within?: string;
  /** @param option - The path of the wrong one; empty where the options as a whole are wrong. */
  readonly makeError: (option: string, message: string) => Error;
}

/** Who takes options that have no error class of their own; what is wrong is an `EverspanConfigError`. */
export function configOwner(name: string): OptionOwner {
  return { name, makeError: (_option, message) => new EverspanConfigError('INVALID_OPTION', message) };
}

/**
 * Refuses what is no object of options, and names that are not among `names`, with the one that was probably meant. Names that are set to `undefined`
 * are as good as absent.
 *
 * @throws What `owner.makeError` makes.
 */
export function checkOptionNames(owner: OptionOwner, candidate: unknown, names: Readonly<Record<string, true>>): void {
  const { name, within, makeError } = owner;
  if (!isObject(candidate)) {
    // Text is not shown: who takes options for a key hands over the key.
    const got = typeof candidate === 'string' ? 'text' : describeValue(candidate);
    const subject = within === undefined ? `${name}: the options` : `${name} option ${within}`;
    throw makeError(within ?? '', `${subject} must be an object (of ${Object.keys(names).join(', ')}), got ${got}`);
  }
  const prefix = within === undefined ? '' : `${within}.`;
  for (const [key, value] of Object.entries(candidate)) {
    if (value === undefined || Object.hasOwn(names, key)) continue;
    const near = nearestName(key, Object.keys(names));
    const advice = near === undefined ? `there are ${Object.keys(names).join(', ')}` : `did you mean ${prefix}${near}?`;
    throw makeError(`${prefix}${key}`, `${name} has no option ${prefix}${key}: ${advice}`);
  }
}

/** The error for an option that is there and wrong: `… must be …, got …`. */
export function wrongOption(owner: OptionOwner, option: string, wanted: string, got: unknown, advice = ''): Error {
  const path = owner.within === undefined ? option : `${owner.within}.${option}`;
  const tail = advice === '' ? '' : `: ${advice}`;
  return owner.makeError(path, `${owner.name} option ${path} must be ${wanted}, got ${describeValue(got)}${tail}`);
}

/** Refuses what is none of `allowed`. @throws What `owner.makeError` makes. */
export function checkChoice(owner: OptionOwner, option: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== 'string' || !allowed.includes(value))
    throw wrongOption(owner, option, `one of ${allowed.join(', ')}`, value);
}

/** Refuses what is no number from `least` to `most`. @throws What `owner.makeError` makes. */
export function checkRange(owner: OptionOwner, option: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number' || !(value >= least && value <= most))
    throw wrongOption(owner, option, `a number from ${least} to ${most}`, value);
}

/** The one of `names` that is so few edits from `word` that it is probably meant. */
function nearestName(word: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, edits: editsBetween(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, edits }) => edits <= Math.max(1, Math.floor(Math.min(name.length, word.length) / 3)))
    .toSorted((a, b) => a.edits - b.edits);
  return ranked[0]?.name;
}

/** Letters put in, left out, replaced, or changed for their neighbour, to make `b` of `a` (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      let edits = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, at(beforeLast, j - 2) + 1);
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}
