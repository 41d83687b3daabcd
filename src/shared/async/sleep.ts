import { setTimeout as sleep } from 'node:timers/promises';

/** Waits `ms` milliseconds. Returns early, without an error, when the signal is aborted. */
export async function sleepUntilAborted(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
