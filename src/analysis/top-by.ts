/**
 * Places of the `count` greatest of `sizes`, in the order of the places; of equal sizes those that come first in the answer's order.
 *
 * One numeric sort at most: it stays quick with a million.
 *
 * @param isReversed - Answers the places from last to first, which then is the order that decides among equals.
 */
export function topBy(sizes: Float64Array, count: number, isReversed: boolean): number[] {
  const limit = Math.max(0, Math.floor(count));
  const isCut = sizes.length > limit;
  const sorted = isCut ? sizes.slice().sort() : sizes;
  const least = isCut && limit > 0 ? (sorted[sorted.length - limit] as number) : Number.NEGATIVE_INFINITY;
  let equalsWanted = 0;
  if (isCut) for (let place = sorted.length - limit; sorted[place] === least; place += 1) equalsWanted += 1;
  const chosen: number[] = [];
  for (let step = 0; step < sizes.length && chosen.length < limit; step += 1) {
    const place = isReversed ? sizes.length - 1 - step : step;
    const size = sizes[place] as number;
    if (size < least) continue;
    if (isCut && size === least) {
      if (equalsWanted === 0) continue;
      equalsWanted -= 1;
    }
    chosen.push(place);
  }
  return chosen;
}
