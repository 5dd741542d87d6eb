/**
 * JSON with the keys of every object in code-unit order, so that equal values give equal text.
 *
 * Says what `JSON.stringify` says of plain values: a key whose value is `undefined` is left out, a hole in a list is null. What JSON
 * cannot say at all is `null`.
 *
 * @throws TypeError for a bigint, RangeError for a cycle; a valid span holds neither.
 */
export function canonicalJson(value: unknown): string {
  return writeValue(value) ?? 'null';
}

// Written out by hand because an object cannot carry the order: engines list keys that look like whole numbers first.
function writeValue(value: unknown): string | undefined {
  const plain = hasToJson(value) ? value.toJSON() : value;
  if (plain === null || typeof plain !== 'object') return JSON.stringify(plain);
  if (Array.isArray(plain)) return `[${Array.from(plain, (member: unknown) => writeValue(member) ?? 'null').join(',')}]`;
  const source = plain as Record<string, unknown>;
  const members: string[] = [];
  for (const key of Object.keys(source).sort()) {
    const text = writeValue(source[key]);
    if (text !== undefined) members.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${members.join(',')}}`;
}

function hasToJson(value: unknown): value is { toJSON(): unknown } {
  return typeof value === 'object' && value !== null && typeof (value as { toJSON?: unknown }).toJSON === 'function';
}
