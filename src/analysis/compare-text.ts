/** Negative, zero or positive as `a` comes before `b`, is it, or comes after it, by code unit: the same in every locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
