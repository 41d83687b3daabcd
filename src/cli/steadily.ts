import { retryWhile } from '../shared/retry.js';
import { isUnavailable } from '../db/transient-errors.js';
import { EnvironmentError, messageOf } from '../contract/errors.js';

/** A part of the stack that was killed is back in seconds; one that is not after a minute needs a person. */
const RECOVERY_MS = 60_000;

/**
 * Does something that may be done twice, again until it succeeds when the database or Temporal goes away in the
 * middle of it.
 * @throws EnvironmentError when they stay away
 */
export function retryWhileUnavailable<T>(work: () => Promise<T>, recoveryMs = RECOVERY_MS): Promise<T> {
  const deadline = performance.now() + recoveryMs;
  const mayPass = (error: unknown): boolean => {
    if (!isUnavailable(error)) return false;
    if (performance.now() <= deadline) return true;
    throw new EnvironmentError(
      `The database or Temporal went away, and did not come back: ${messageOf(error).trim()}.`,
      'Look what is missing with `leadwright doctor`, fix it, and give the command again.',
      { cause: error },
    );
  };
  return retryWhile(mayPass, work);
}
