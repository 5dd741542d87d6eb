/**
 * Which spans of a task have the present instant, by name: so that a marker is written only where no span says the same.
 *
 *   dump to storage  |-----------|
 *   markers of it        x       x    o     x: the span has that instant; o: written
 *
 * Times only grow, so of ended spans those that ended last are all that can have the present one.
 */
export class NamedInstants {
  readonly #open = new Map<string, number>();
  #lastEnd = -1;
  readonly #endedLast = new Set<string>();

  begin(dataId: string, name: string): void {
    const key = keyOf(dataId, name);
    this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
  }

  /** @param endMicros - On the task's clock. */
  end(dataId: string, name: string, endMicros: number): void {
    const key = keyOf(dataId, name);
    const left = (this.#open.get(key) ?? 1) - 1;
    if (left === 0) this.#open.delete(key);
    else this.#open.set(key, left);
    if (endMicros > this.#lastEnd) this.#endedLast.clear();
    this.#lastEnd = Math.max(this.#lastEnd, endMicros);
    if (endMicros === this.#lastEnd) this.#endedLast.add(key);
  }

  /** Whether a span of that name and data id has `atMicros`, its ends included. */
  has(dataId: string, name: string, atMicros: number): boolean {
    const key = keyOf(dataId, name);
    return this.#open.has(key) || (atMicros === this.#lastEnd && this.#endedLast.has(key));
  }
}

function keyOf(dataId: string, name: string): string {
  return JSON.stringify([dataId, name]);
}
