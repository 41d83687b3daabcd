/** Does some work for each item, for at most `concurrency` of them at the same time, in their order. */
export async function forEachConcurrently<T>(
  items: Iterable<T>,
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  // All share the iterator.
  const remaining = [...items].values();
  const workThrough = async (): Promise<void> => {
    for (const item of remaining) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, workThrough));
}
