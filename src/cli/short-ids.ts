import { displayWidth } from '../export/display-width.js';

/**
 * Each of `ids` in at most `width` columns where that keeps them apart: cut in the middle with `…`, or whole where two would look alike.
 *
 * @returns By id; a short form stands for one id only, and never looks like another whole one.
 */
export function shortIds(ids: Iterable<string>, width: number): Map<string, string> {
  const all = new Set(ids);
  const short = new Map([...all].map((id) => [id, cutMiddle(id, width)]));
  const uses = new Map<string, number>();
  for (const text of short.values()) uses.set(text, (uses.get(text) ?? 0) + 1);
  for (const [id, text] of short) {
    if (text !== id && ((uses.get(text) ?? 0) > 1 || all.has(text))) short.set(id, id);
  }
  return short;
}

function cutMiddle(id: string, width: number): string {
  if (displayWidth(id) <= width || width < 5) return id;
  const characters = Array.from(id);
  // Ids of one kind begin alike, so the end gets the odd column.
  const head = Math.floor((width - 1) / 2);
  const tail = width - 1 - head;
  return `${characters.slice(0, head).join('')}…${characters.slice(-tail).join('')}`;
}
