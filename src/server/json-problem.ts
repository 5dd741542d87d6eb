import { JSON_DEPTH_MAX } from '../span/limits.js';

/**
 * Why parsed JSON cannot be kept as it is: it nests too deep, or has a number beyond a double's range; `undefined` where it can.
 *
 * Level by level and not by recursion: a body of some megabytes nests deeper than the stack is.
 */
export function jsonProblem(value: unknown): string | undefined {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > JSON_DEPTH_MAX) return `nests deeper than ${JSON_DEPTH_MAX} levels`;
    const below: unknown[] = [];
    for (const node of level) {
      if (typeof node === 'number' && !Number.isFinite(node)) return 'has a number that is beyond the range of a double';
      if (typeof node !== 'object' || node === null) continue;
      for (const member of Array.isArray(node) ? node : Object.values(node)) below.push(member);
    }
    level = below;
  }
  return undefined;
}
