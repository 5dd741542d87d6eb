import type { LineageRow } from './read-artefact-row.js';

/** Which data came of which. */
export class LineageGraph {
  private readonly sources = new Map<string, string[]>();

  constructor(rows: Iterable<LineageRow>) {
    for (const { dataId, sourceDataId } of rows) {
      const known = this.sources.get(dataId);
      if (known === undefined) this.sources.set(dataId, [sourceDataId]);
      else known.push(sourceDataId);
    }
  }

  /** Sources of `dataId` as the rows name them, in their order; one that is named twice is here twice. */
  sourcesOf(dataId: string): readonly string[] {
    return this.sources.get(dataId) ?? [];
  }

  /**
   * The rings of this graph: for each edge that leads back to where a walk towards the sources came from, the ids around it, each the
   * source of the one before. Without those edges the graph has no ring.
   *
   * One walk over the graph, without recursion: O(rows).
   */
  cycles(limit = Number.POSITIVE_INFINITY): string[][] {
    const found: string[][] = [];
    const done = new Set<string>();
    for (const first of this.sources.keys()) {
      if (done.has(first)) continue;
      const path: string[] = [];
      const placeOnPath = new Map<string, number>();
      const nextSource: number[] = [];
      const enter = (id: string): void => {
        placeOnPath.set(id, path.length);
        path.push(id);
        nextSource.push(0);
      };
      enter(first);
      while (path.length > 0) {
        const top = path.length - 1;
        const id = path[top] as string;
        const source = this.sourcesOf(id)[nextSource[top] as number];
        (nextSource[top] as number)++;
        if (source === undefined) {
          done.add(id);
          placeOnPath.delete(id);
          path.pop();
          nextSource.pop();
        } else if (placeOnPath.has(source)) {
          if (found.length < limit) found.push(path.slice(placeOnPath.get(source)));
        } else if (!done.has(source)) {
          enter(source);
        }
      }
    }
    return found;
  }
}
