import { availableParallelism } from 'node:os';

/**
 * Calls `use` for each item within a time limit, as many at once as there are cores. When the time is up, the signals of
 * running calls are aborted and the remaining items are left out.
 * @throws what `use` throws within the time, and the signal's reason when it is aborted
 */
export async function forEachWithin<Item>(
  ms: number,
  items: Iterable<Item>,
  use: (item: Item, signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const timeUp = AbortSignal.timeout(ms);
  const either = AbortSignal.any([signal, timeUp]);
  const waiting = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true && !either.aborted; next = waiting.next()) {
      await use(next.value, either);
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: availableParallelism() }, work));
  signal.throwIfAborted();
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined && !timeUp.aborted) throw failed.reason;
}
