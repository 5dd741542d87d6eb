/**
 * Does `work` for each of `items`, at most `atOnce` at a time, in their order of start.
 *
 * The first failure stops what has not begun, and is thrown once all that had has ended.
 */
export async function inParallel<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failure: { readonly thrown: unknown } | undefined;
  const runOne = async (): Promise<void> => {
    for (let item = items[next]; next < items.length && failure === undefined; item = items[next]) {
      next += 1;
      try {
        await work(item as T);
      } catch (thrown) {
        failure ??= { thrown };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, runOne));
  if (failure !== undefined) throw failure.thrown;
}
