import {
  ATTRIBUTE_LIST_MAX,
  ATTRIBUTE_VALUE_LENGTH_MAX,
  ATTRIBUTES_MAX,
  CAPTURED_VALUE_DEPTH_MAX,
  NAME_LENGTH_MAX,
} from './limits.js';
import type { Attributes, AttributeValue, JsonValue } from './span.js';

/** A cleaned value, and whether anything of it had to be left out or replaced. */
export interface Cleaned<T> {
  readonly value: T;
  readonly isCut: boolean;
}

/**
 * `text` with lone surrogates replaced by U+FFFD, cut to `lengthMax` UTF-16 units (an ellipsis takes the last).
 */
export function cleanText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text.toWellFormed();
  return `${text.slice(0, lengthMax - 1).replace(/[\ud800-\udbff]$/, '')}…`.toWellFormed();
}

/**
 * Anything as attributes that every back end takes: text, finite numbers, booleans and lists of one of them.
 *
 * Never throws, whatever getters, proxies or cycles it is handed. Other values become their JSON text; `undefined` and
 * `null` are left out, as in OpenTelemetry. What is past the limits is left out and reported by `isCut`.
 */
export function cleanAttributes(candidate: unknown): Cleaned<Attributes> {
  const entries: [string, AttributeValue][] = [];
  let isCut = false;
  for (const key of ownKeys(candidate)) {
    const raw = readProperty(candidate, key);
    if (raw === undefined || raw === null) continue;
    if (entries.length >= ATTRIBUTES_MAX) {
      isCut = true;
      break;
    }
    const cleaned = raw === UNREADABLE ? { value: UNREADABLE_TEXT, isCut: true } : cleanAttributeValue(raw);
    if (cleaned.isCut) isCut = true;
    entries.push([cleanText(key, NAME_LENGTH_MAX), cleaned.value]);
  }
  return { value: Object.fromEntries(entries), isCut };
}

function cleanAttributeValue(raw: unknown): Cleaned<AttributeValue> {
  if (typeof raw === 'string') return cutText(raw, ATTRIBUTE_VALUE_LENGTH_MAX);
  if (typeof raw === 'boolean') return { value: raw, isCut: false };
  if (typeof raw === 'number') return Number.isFinite(raw) ? { value: raw, isCut: false } : { value: String(raw), isCut: true };
  if (typeof raw === 'bigint') return { value: bigintText(raw), isCut: false };
  if (isArray(raw)) {
    const list = homogeneousList(raw);
    if (list !== undefined) return list;
  }
  const cleaned = cleanJson(raw, ATTRIBUTE_VALUE_LENGTH_MAX);
  const text = typeof cleaned.value === 'string' ? cleaned.value : JSON.stringify(cleaned.value ?? null);
  return { value: cleanText(text, ATTRIBUTE_VALUE_LENGTH_MAX), isCut: cleaned.isCut || text.length > ATTRIBUTE_VALUE_LENGTH_MAX };
}

function homogeneousList(raw: readonly unknown[]): Cleaned<AttributeValue> | undefined {
  const length = readLength(raw);
  const members: unknown[] = [];
  for (let index = 0; index < Math.min(length, ATTRIBUTE_LIST_MAX); index += 1) members.push(readProperty(raw, String(index)));
  const isCut = length > ATTRIBUTE_LIST_MAX;
  if (members.every((member) => typeof member === 'string')) {
    const texts = members.map((member) => cutText(member, ATTRIBUTE_VALUE_LENGTH_MAX));
    return { value: texts.map((text) => text.value), isCut: isCut || texts.some((text) => text.isCut) };
  }
  if (members.every((member) => typeof member === 'number' && Number.isFinite(member)))
    return { value: members as number[], isCut };
  if (members.every((member) => typeof member === 'boolean')) return { value: members, isCut };
  return undefined;
}

/**
 * Anything as JSON of at most about `bytesMax` bytes.
 *
 * Never throws. `toJSON` is honoured; cycles become `"[circular]"`, bigints their digits, NaN and infinities their
 * names, functions and symbols are left out, bytes become `"[N bytes]"`, a getter that throws becomes `"[unreadable]"`.
 * Work is bounded by `bytesMax` too: 10 MB cost no more than what is kept of them.
 *
 * @returns `undefined` for a value that JSON cannot say at all (`undefined`, a function, a symbol).
 */
export function cleanJson(candidate: unknown, bytesMax: number): Cleaned<JsonValue | undefined> {
  const walk: Walk = { bytesLeft: bytesMax, isCut: false, ancestors: new Set() };
  const value = cleanNode(candidate, walk, 0);
  return { value, isCut: walk.isCut };
}

interface Walk {
  bytesLeft: number;
  isCut: boolean;
  readonly ancestors: Set<object>;
}

const CUT_TEXT = '[cut]';
const UNREADABLE_TEXT = '[unreadable]';
const UNREADABLE = Symbol('unreadable');

function cleanNode(raw: unknown, walk: Walk, depth: number): JsonValue | undefined {
  if (walk.bytesLeft <= 0) return mark(walk, CUT_TEXT);
  switch (typeof raw) {
    case 'string':
      return takeText(raw, walk);
    case 'number':
      walk.bytesLeft -= 8;
      return Number.isFinite(raw) ? raw : mark(walk, String(raw));
    case 'boolean':
      walk.bytesLeft -= 5;
      return raw;
    case 'bigint':
      return takeText(bigintText(raw), walk);
    case 'undefined':
    case 'function':
    case 'symbol':
      return undefined;
    default:
      break;
  }
  if (raw === null) {
    walk.bytesLeft -= 4;
    return null;
  }
  const node = raw as object;
  if (walk.ancestors.has(node)) return mark(walk, '[circular]');
  if (depth >= CAPTURED_VALUE_DEPTH_MAX) return mark(walk, CUT_TEXT);
  walk.ancestors.add(node);
  const cleaned = cleanObject(node, walk, depth);
  walk.ancestors.delete(node);
  return cleaned;
}

function cleanObject(node: object, walk: Walk, depth: number): JsonValue | undefined {
  const toJson = readProperty(node, 'toJSON');
  if (toJson === UNREADABLE) return mark(walk, UNREADABLE_TEXT);
  if (typeof toJson === 'function') {
    const replaced = attempt(() => toJson.call(node) as unknown);
    if (replaced === UNREADABLE) return mark(walk, UNREADABLE_TEXT);
    if (replaced !== node) return cleanNode(replaced, walk, depth + 1);
  }
  if (attempt(() => ArrayBuffer.isView(node) || node instanceof ArrayBuffer) === true) {
    return mark(walk, `[${(node as ArrayBuffer).byteLength} bytes]`);
  }
  if (attempt(() => node instanceof Error) === true) return cleanError(node as Error, walk);
  if (isArray(node)) return cleanList(node, walk, depth);

  const entries: [string, JsonValue][] = [];
  for (const key of ownKeys(node)) {
    if (walk.bytesLeft <= 0) {
      walk.isCut = true;
      break;
    }
    const raw = readProperty(node, key);
    const cleaned = raw === UNREADABLE ? mark(walk, UNREADABLE_TEXT) : cleanNode(raw, walk, depth + 1);
    if (cleaned === undefined) continue;
    walk.bytesLeft -= key.length + 4;
    entries.push([cleanText(key, NAME_LENGTH_MAX), cleaned]);
  }
  return Object.fromEntries(entries);
}

function cleanList(node: readonly unknown[], walk: Walk, depth: number): JsonValue {
  const members: JsonValue[] = [];
  const length = readLength(node);
  for (let index = 0; index < length; index += 1) {
    if (walk.bytesLeft <= 0) {
      walk.isCut = true;
      break;
    }
    const raw = readProperty(node, String(index));
    const cleaned = raw === UNREADABLE ? mark(walk, UNREADABLE_TEXT) : cleanNode(raw, walk, depth + 1);
    walk.bytesLeft -= 1;
    members.push(cleaned ?? null);
  }
  return members;
}

function cleanError(error: Error, walk: Walk): JsonValue {
  const name = readProperty(error, 'name');
  const message = readProperty(error, 'message');
  return {
    name: takeText(typeof name === 'string' ? name : 'Error', walk),
    message: takeText(typeof message === 'string' ? message : UNREADABLE_TEXT, walk),
  };
}

function takeText(raw: string, walk: Walk): string {
  const cleaned = cutText(raw, Math.max(1, walk.bytesLeft));
  if (cleaned.isCut) walk.isCut = true;
  walk.bytesLeft -= utf8Length(cleaned.value) + 2;
  return cleaned.value;
}

function cutText(raw: string, lengthMax: number): Cleaned<string> {
  return { value: cleanText(raw, lengthMax), isCut: raw.length > lengthMax || !raw.isWellFormed() };
}

/** The bytes that `text` takes in UTF-8, found without encoding it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff)) bytes += 2;
    else if (unit >= 0x80) bytes += 1;
  }
  return bytes;
}

function bigintText(raw: bigint): string {
  // Printing a huge bigint takes quadratic time; 64 words are 1,233 digits.
  return BigInt.asIntN(4096, raw) === raw ? raw.toString() : '[bigint]';
}

function mark(walk: Walk, text: string): string {
  walk.isCut = true;
  walk.bytesLeft -= text.length + 2;
  return text;
}

function isArray(value: unknown): value is readonly unknown[] {
  // Array.isArray throws on a revoked proxy.
  return attempt(() => Array.isArray(value)) === true;
}

function readLength(list: readonly unknown[]): number {
  const length = readProperty(list, 'length');
  return typeof length === 'number' && length >= 0 ? length : 0;
}

function ownKeys(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = attempt(() => Object.keys(value));
  return keys === UNREADABLE ? [] : keys;
}

function readProperty(holder: unknown, key: string): unknown {
  return attempt(() => (holder as Record<string, unknown>)[key]);
}

// The one place that meets foreign code: getters, proxies and toJSON may throw anything.
function attempt<T>(read: () => T): T | typeof UNREADABLE {
  try {
    return read();
  } catch {
    return UNREADABLE;
  }
}
