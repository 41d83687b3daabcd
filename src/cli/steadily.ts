import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '../db/transient-errors.js';
import { EnvironmentError, messageOf } from '../contract/errors.js';

/** A killed part of the stack is back within seconds. After a minute, a person has to fix it. */
const RECOVERY_MS = 60_000;
/** Short enough that a person does not notice the wait, and only four attempts a second. */
const PAUSE_MS = 250;

/**
 * Runs `work`, and retries it while the database or Temporal is unavailable. `work` must be safe to repeat.
 * @param recoveryMs how long to retry, in milliseconds
 * @throws EnvironmentError when they are still unavailable after that
 */
export async function retryWhileUnavailable<T>(work: () => Promise<T>, recoveryMs = RECOVERY_MS): Promise<T> {
  const deadline = performance.now() + recoveryMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      if (performance.now() > deadline) {
        throw new EnvironmentError(
          `The database or Temporal became unavailable and did not recover: ${messageOf(error).trim()}.`,
          'Run `leadwright doctor` to see what is missing, fix it, and run the command again.',
          { cause: error },
        );
      }
      await delay(PAUSE_MS);
    }
  }
}
