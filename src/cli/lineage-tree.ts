import type { LineageEdge } from '../wire/profile-summary.js';

/** Deeper than this a line says its depth instead of drawing it. */
const DRAWN_DEPTH_MAX = 16;

/**
 * Lineage as the lines of a tree: what nothing was made of at the left, below each its sources.
 *
 * ```text
 * summary
 * ├─ branch-a
 * │  └─ question
 * └─ branch-b
 *    └─ question (above)
 * ```
 *
 * The sources of what stands above already are not drawn again; an id that is its own source, however far round, is marked `(cycle)`.
 *
 * @param dataIds - In the order of the tree's left edge; those of no row of lineage stand alone.
 */
export function lineageTree(dataIds: readonly string[], lineage: readonly LineageEdge[]): string[] {
  const sources = sourcesByDataId(lineage);
  const isSource = new Set(lineage.map((edge) => edge.source_data_id));
  const ids = new Set([...dataIds, ...sources.keys()]);
  const lines: string[] = [];
  const drawn = new Set<string>();
  // Rings that nothing comes out of have no left edge: whatever was not reached begins one.
  for (const id of [...[...ids].filter((one) => !isSource.has(one)), ...ids]) {
    if (!drawn.has(id)) drawFrom(id, sources, drawn, lines);
  }
  return lines;
}

interface Drawing {
  readonly id: string;
  readonly prefix: string;
  readonly childPrefix: string;
  readonly depth: number;
}

function drawFrom(root: string, sources: ReadonlyMap<string, readonly string[]>, drawn: Set<string>, lines: string[]): void {
  const onPath = new Set<string>();
  const pending: (Drawing | { readonly leave: string })[] = [{ id: root, prefix: '', childPrefix: '', depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if ('leave' in next) {
      onPath.delete(next.leave);
      continue;
    }
    const { id, prefix, childPrefix, depth } = next;
    const above = sources.get(id) ?? [];
    if (onPath.has(id)) lines.push(`${prefix}${id} (cycle)`);
    else if (drawn.has(id)) lines.push(`${prefix}${id}${above.length > 0 ? ' (above)' : ''}`);
    else {
      lines.push(prefix + id);
      drawn.add(id);
      onPath.add(id);
      pending.push({ leave: id });
      for (let index = above.length - 1; index >= 0; index -= 1) {
        pending.push(below(above[index] as string, childPrefix, depth + 1, index === above.length - 1));
      }
    }
  }
}

function below(id: string, childPrefix: string, depth: number, isLast: boolean): Drawing {
  if (depth > DRAWN_DEPTH_MAX) return { id, prefix: `(${depth}) `, childPrefix: '', depth };
  const [branch, trunk] = isLast ? ['└─ ', '   '] : ['├─ ', '│  '];
  return { id, prefix: childPrefix + branch, childPrefix: childPrefix + trunk, depth };
}

/** Each source once, in the order of the rows. */
function sourcesByDataId(lineage: readonly LineageEdge[]): Map<string, string[]> {
  const sources = new Map<string, Set<string>>();
  for (const { data_id: id, source_data_id: source } of lineage) {
    const known = sources.get(id);
    if (known === undefined) sources.set(id, new Set([source]));
    else known.add(source);
  }
  return new Map([...sources].map(([id, of]) => [id, [...of]]));
}
