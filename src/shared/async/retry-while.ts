/** The two loops that try something again: a piece of work until it succeeds, and a connection for ever. */
import { setTimeout as delay } from 'node:timers/promises';
import { backOffMs } from './back-off.js';
import { sleepUntilAborted } from './sleep.js';

/** A server that restarts is back within seconds. Four tries a second notice that soon and cost nothing. */
const PAUSE_MS = 250;

export interface RetryOptions {
  /** Ends the retries. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the next try; or a function of how many tries have failed before the last one. */
  readonly pauseMs?: number | ((failures: number) => number);
}

/**
 * Repeats `work` until it succeeds.
 * @param mayPass whether the next try may succeed after this error; any other error is thrown
 * @throws an AbortError once the signal is aborted, and what `mayPass` throws
 */
export async function retryWhile<T>(
  mayPass: (error: unknown) => boolean,
  work: () => Promise<T>,
  { signal, pauseMs = PAUSE_MS }: RetryOptions = {},
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error)) throw error;
      await delay(typeof pauseMs === 'number' ? pauseMs : pauseMs(failures), undefined, { signal });
    }
  }
}

/**
 * Connects again whenever a connection ends, until the signal is aborted. The pause grows with the failures in a row.
 * @param connect opens one connection, calls `connected`, and settles when the connection has ended
 * @param failed receives the error of a connection; may return another pause, in milliseconds
 */
export async function keepConnected(
  connect: (connected: () => void) => Promise<void>,
  failed: (error: unknown) => number | undefined,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    let pauseMs: number | undefined;
    try {
      await connect(() => {
        failures = 0;
      });
    } catch (error) {
      pauseMs = failed(error);
    }
    await sleepUntilAborted(pauseMs ?? backOffMs(failures), signal);
    failures += 1;
  }
}
