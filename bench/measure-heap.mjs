import { execute } from './measures.mjs';

/** @typedef {import('./fleet.mjs').Member} Member */

/** Bytes in use after so many workflows. @typedef {{ workflows: number, heapBytes: number }} HeapPoint */

export const HEAP_WORKFLOWS = { from: 2_000, to: 10_000, step: 500 };
const AT_ONCE = 40;

/**
 * Heap in use, after a forced collection, every 500 workflows from the 2,000th to the 10,000th; members take turns by blocks of 500.
 *
 * @param {readonly Member[]} members
 * @param {import('./workloads.mjs').Workload} workload
 * @param {number} untilMs - Of `performance.now()`: ends early then, with what there is.
 * @returns {Promise<Map<Member, HeapPoint[]>>}
 */
export async function measureHeap(members, workload, untilMs) {
  /** @type {Map<Member, HeapPoint[]>} */
  const points = new Map(members.map((member) => [member, []]));
  for (let workflows = HEAP_WORKFLOWS.step; workflows <= HEAP_WORKFLOWS.to; workflows += HEAP_WORKFLOWS.step) {
    if (performance.now() > untilMs) break;
    for (const member of members) {
      await runMany(member, workload, HEAP_WORKFLOWS.step);
      if (workflows < HEAP_WORKFLOWS.from) continue;
      await member.settle();
      points.get(member)?.push({ workflows, heapBytes: await member.worker.heapBytes() });
    }
  }
  return points;
}

/** @param {Member} member @param {import('./workloads.mjs').Workload} workload @param {number} count */
async function runMany(member, workload, count) {
  let begun = 0;
  const runOneAfterAnother = async () => {
    while (begun < count) {
      begun += 1;
      await execute(member, workload);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runOneAfterAnother));
}
