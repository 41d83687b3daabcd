import { availableParallelism } from 'node:os';

/**
 * Does something with each of a list, a core each, for so long and no longer: what is under way then is stopped by its
 * signal, and what was not begun is left out.
 * @throws what `use` throws before the time is over, and the signal's reason when it is aborted
 */
export async function forEachWithin<Item>(
  ms: number,
  items: Iterable<Item>,
  use: (item: Item, signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const over = AbortSignal.timeout(ms);
  const either = AbortSignal.any([signal, over]);
  const waiting = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true && !either.aborted; next = waiting.next()) {
      await use(next.value, either);
    }
  };
  const done = await Promise.allSettled(Array.from({ length: availableParallelism() }, work));
  signal.throwIfAborted();
  const failed = done.find((each) => each.status === 'rejected');
  if (failed !== undefined && !over.aborted) throw failed.reason;
}
