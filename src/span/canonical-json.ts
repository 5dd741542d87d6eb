/**
 * JSON with the keys of every object in code-unit order, so that equal values give equal text.
 *
 * Takes what `JSON.stringify` takes; a key whose value is `undefined` is left out.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    const source = inner as Record<string, unknown>;
    const sorted: [string, unknown][] = Object.keys(source)
      .sort()
      .map((key) => [key, source[key]]);
    // fromEntries defines own properties, so that a key `__proto__` is kept as data.
    return Object.fromEntries(sorted);
  });
}
