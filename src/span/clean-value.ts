import {
  ATTRIBUTE_LIST_MAX,
  ATTRIBUTE_VALUE_LENGTH_MAX,
  ATTRIBUTES_MAX,
  CAPTURED_VALUE_DEPTH_MAX,
  NAME_LENGTH_MAX,
} from './limits.js';
import type { Attributes, AttributeValue, JsonValue } from './span.js';

/** Properties that are looked at for attributes, those without a value too. */
const ATTRIBUTES_READ_MAX = 8 * ATTRIBUTES_MAX;

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
  for (const [index, key] of ownKeys(candidate).entries()) {
    if (entries.length >= ATTRIBUTES_MAX || index >= ATTRIBUTES_READ_MAX) {
      isCut = true;
      break;
    }
    const raw = readProperty(candidate, key);
    if (raw === undefined || raw === null) continue;
    const name = cutText(key, NAME_LENGTH_MAX);
    const cleaned = raw === UNREADABLE ? { value: UNREADABLE_TEXT, isCut: true } : cleanAttributeValue(raw);
    if (name.isCut || cleaned.isCut) isCut = true;
    if (cleaned.value !== undefined) entries.push([name.value, cleaned.value]);
  }
  return { value: Object.fromEntries(entries), isCut };
}

function cleanAttributeValue(raw: unknown): Cleaned<AttributeValue | undefined> {
  if (typeof raw === 'string') return cutText(raw, ATTRIBUTE_VALUE_LENGTH_MAX);
  if (typeof raw === 'boolean') return { value: raw, isCut: false };
  if (typeof raw === 'number') return Number.isFinite(raw) ? { value: raw, isCut: false } : { value: String(raw), isCut: true };
  if (typeof raw === 'bigint') return { value: bigintText(raw), isCut: false };
  if (isArray(raw)) {
    const list = homogeneousList(raw);
    if (list !== undefined) return list;
  }
  const cleaned = cleanJson(raw, ATTRIBUTE_VALUE_LENGTH_MAX);
  if (cleaned.value === undefined) return { value: undefined, isCut: true };
  return { value: typeof cleaned.value === 'string' ? cleaned.value : JSON.stringify(cleaned.value), isCut: cleaned.isCut };
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
  if (members.every((member) => typeof member === 'boolean')) return { value: members as boolean[], isCut };
  return undefined;
}

/**
 * Anything as JSON of at most `bytesMax` bytes (not less than the 7 of `"[cut]"`).
 *
 * Never throws. `toJSON` is honoured; cycles become `"[circular]"`, bigints their digits, NaN and infinities their
 * names, functions and symbols are left out, bytes become `"[N bytes]"`, a getter that throws becomes `"[unreadable]"`.
 * Work is bounded by `bytesMax` too: 10 MB cost no more than what is kept of them. Cleaning what is clean changes nothing.
 *
 * @returns `undefined` for a value that JSON cannot say at all (`undefined`, a function, a symbol).
 */
export function cleanJson(candidate: unknown, bytesMax: number): Cleaned<JsonValue | undefined> {
  const walk: Walk = { bytesLeft: bytesMax, isCut: false, ancestors: new Set() };
  const value = cleanNode(candidate, walk, 0);
  return { value: value === NO_ROOM ? CUT_TEXT : value, isCut: walk.isCut };
}

interface Walk {
  bytesLeft: number;
  isCut: boolean;
  readonly ancestors: Set<object>;
}

const CUT_TEXT = '[cut]';
const UNREADABLE_TEXT = '[unreadable]';
const UNREADABLE = Symbol('unreadable');
const NO_ROOM = Symbol('no room');

type CleanNode = JsonValue | undefined | typeof NO_ROOM;

// Nothing is kept that was not paid for in full. So the bytes kept never exceed the limit, in whatever order they are read,
// and a second pass, which pays for nothing but what the first one kept, keeps all of it.
function pay(walk: Walk, bytes: number): boolean {
  if (bytes <= walk.bytesLeft) {
    walk.bytesLeft -= bytes;
    return true;
  }
  walk.isCut = true;
  walk.bytesLeft = 0;
  return false;
}

function cleanNode(raw: unknown, walk: Walk, depth: number): CleanNode {
  switch (typeof raw) {
    case 'string':
      return takeText(raw, walk);
    case 'number':
      if (!Number.isFinite(raw)) return takeMark(String(raw), walk);
      return pay(walk, String(raw).length) ? raw : NO_ROOM;
    case 'boolean':
      return pay(walk, raw ? 4 : 5) ? raw : NO_ROOM;
    case 'bigint':
      return takeText(bigintText(raw), walk);
    case 'undefined':
    case 'function':
    case 'symbol':
      return undefined;
    default:
      break;
  }
  if (raw === null) return pay(walk, 4) ? null : NO_ROOM;
  const node = raw as object;
  if (walk.ancestors.has(node)) return takeMark('[circular]', walk);
  if (depth >= CAPTURED_VALUE_DEPTH_MAX) return takeMark(CUT_TEXT, walk);
  walk.ancestors.add(node);
  const cleaned = cleanObject(node, walk, depth);
  walk.ancestors.delete(node);
  return cleaned;
}

function cleanObject(node: object, walk: Walk, depth: number): CleanNode {
  // Before toJSON: a Buffer's would list every byte.
  if (attempt(() => ArrayBuffer.isView(node) || node instanceof ArrayBuffer) === true) {
    const byteCount = readProperty(node, 'byteLength');
    return takeMark(typeof byteCount === 'number' ? `[${byteCount} bytes]` : UNREADABLE_TEXT, walk);
  }
  const toJson = readProperty(node, 'toJSON');
  if (toJson === UNREADABLE) return takeMark(UNREADABLE_TEXT, walk);
  if (typeof toJson === 'function') {
    const replaced = attempt(() => toJson.call(node) as unknown);
    if (replaced === UNREADABLE) return takeMark(UNREADABLE_TEXT, walk);
    if (replaced !== node) return cleanNode(replaced, walk, depth + 1);
  }
  if (attempt(() => node instanceof Error) === true) return cleanRecord(errorFields(node), walk, depth);
  return isArray(node) ? cleanList(node, walk, depth) : cleanRecord(node, walk, depth);
}

function cleanRecord(node: object, walk: Walk, depth: number): CleanNode {
  if (!pay(walk, 2)) return NO_ROOM;
  const entries: [string, JsonValue][] = [];
  for (const key of ownKeys(node)) {
    const bytesBefore = walk.bytesLeft;
    const name = cutText(key, NAME_LENGTH_MAX);
    if (name.isCut) walk.isCut = true;
    // The name in quotes, a colon, a comma.
    if (!pay(walk, jsonTextBytes(name.value) + 4)) break;
    const cleaned = cleanMember(node, key, walk, depth);
    if (cleaned === NO_ROOM) break;
    if (cleaned !== undefined) entries.push([name.value, cleaned]);
    // One byte for having read it, so that a million empty properties end as well.
    else walk.bytesLeft = bytesBefore - 1;
  }
  return Object.fromEntries(entries);
}

function cleanList(node: readonly unknown[], walk: Walk, depth: number): CleanNode {
  if (!pay(walk, 2)) return NO_ROOM;
  const members: JsonValue[] = [];
  const length = readLength(node);
  for (let index = 0; index < length; index += 1) {
    if (!pay(walk, 1)) break;
    const member = cleanMember(node, String(index), walk, depth);
    const cleaned = member === undefined ? cleanNode(null, walk, depth) : member;
    if (cleaned === NO_ROOM || cleaned === undefined) break;
    members.push(cleaned);
  }
  return members;
}

function cleanMember(holder: object, key: string, walk: Walk, depth: number): CleanNode {
  const raw = readProperty(holder, key);
  return raw === UNREADABLE ? takeMark(UNREADABLE_TEXT, walk) : cleanNode(raw, walk, depth + 1);
}

function errorFields(error: object): { name: string; message: string } {
  const name = readProperty(error, 'name');
  const message = readProperty(error, 'message');
  return { name: typeof name === 'string' ? name : 'Error', message: typeof message === 'string' ? message : UNREADABLE_TEXT };
}

/** As much of `raw` as there is room for, its end marked by an ellipsis where it is cut. */
function takeText(raw: string, walk: Walk): string | typeof NO_ROOM {
  if (!pay(walk, 2)) return NO_ROOM;
  const roomBytes = walk.bytesLeft;
  // No unit takes less than a byte: what is behind the room is not even looked at.
  const isNear = raw.length <= roomBytes;
  const near = isNear ? raw : raw.slice(0, roomBytes).replace(/[\ud800-\udbff]$/, '');
  const text = near.toWellFormed();
  if (text !== raw) walk.isCut = true;
  const bytes = jsonTextBytes(text);
  if (isNear && bytes <= roomBytes) return pay(walk, bytes) ? text : NO_ROOM;

  walk.isCut = true;
  const kept = text.slice(0, fittingLength(text, roomBytes - ELLIPSIS_BYTES));
  return pay(walk, jsonTextBytes(kept) + ELLIPSIS_BYTES) ? `${kept}…` : NO_ROOM;
}

const ELLIPSIS_BYTES = 3;

/** A short text of ours in the place of a value: whole or not at all. */
function takeMark(text: string, walk: Walk): string | typeof NO_ROOM {
  walk.isCut = true;
  return pay(walk, text.length + 2) ? text : NO_ROOM;
}

function cutText(raw: string, lengthMax: number): Cleaned<string> {
  return { value: cleanText(raw, lengthMax), isCut: raw.length > lengthMax || !raw.isWellFormed() };
}

/** The bytes that `text` takes in UTF-8, found without encoding it; a lone surrogate counts as the U+FFFD that it is encoded as. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.codePointAt(index) as number;
    bytes += utf8Bytes(code);
    if (code > 0xffff) index += 1;
  }
  return bytes;
}

/** The bytes that well-formed `text` takes in JSON, without its quotes. */
function jsonTextBytes(text: string): number {
  let bytes = 0;
  for (const character of text) bytes += jsonBytes(character.codePointAt(0) as number);
  return bytes;
}

/** How many units of well-formed `text` fit into `bytesMax` bytes of JSON. */
function fittingLength(text: string, bytesMax: number): number {
  let bytes = 0;
  let length = 0;
  for (const character of text) {
    bytes += jsonBytes(character.codePointAt(0) as number);
    if (bytes > bytesMax) break;
    length += character.length;
  }
  return length;
}

function jsonBytes(code: number): number {
  if (code === 0x22 || code === 0x5c) return 2;
  if (code < 0x20) return SHORT_ESCAPES.includes(code) ? 2 : 6;
  return utf8Bytes(code);
}

// Backspace, tab, line feed, form feed, carriage return: \b \t \n \f \r; other control characters take \u00XX.
const SHORT_ESCAPES = [0x08, 0x09, 0x0a, 0x0c, 0x0d];

function utf8Bytes(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x1_0000 ? 3 : 4;
}

function bigintText(raw: bigint): string {
  // Printing a huge bigint takes quadratic time; 64 words are 1,233 digits.
  return BigInt.asIntN(4096, raw) === raw ? raw.toString() : '[bigint]';
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
