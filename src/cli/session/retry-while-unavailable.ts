import { retryWhile } from '../../shared/async/retry-while.js';
import { isUnavailable } from '../../db/transient-errors.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { say } from '../print/output.js';
import { lastLine, refusedLoginError } from './explain-unavailable.js';
import { isOwnLoginRefused } from './refused-login.js';

/** A killed part of the stack is back within seconds. After a minute, a person has to fix it. */
const RECOVERY_MS = 60_000;

/** One that restarts is back sooner. One that hangs lets each try take this long and more. */
const SILENT_MS = 5_000;

/**
 * Runs `work`, and retries it while the database or Temporal is unavailable. `work` must be safe to repeat.
 * @param recoveryMs how long to retry, in milliseconds
 * @throws EnvironmentError when they are still unavailable after that, or the user's own PostgreSQL refuses the login
 */
export function retryWhileUnavailable<T>(work: () => Promise<T>, recoveryMs = RECOVERY_MS): Promise<T> {
  const began = performance.now();
  let isSaid = false;
  const mayPass = (error: unknown): boolean => {
    if (isOwnLoginRefused(error, process.env)) throw refusedLoginError(error);
    if (!isUnavailable(error)) return false;
    const elapsed = performance.now() - began;
    if (elapsed <= recoveryMs) {
      if (elapsed > SILENT_MS && !isSaid) {
        isSaid = true;
        say(`The database or Temporal does not answer (${lastLine(messageOf(error))}). Trying again…`);
      }
      return true;
    }
    throw new EnvironmentError(
      `The database or Temporal became unavailable and did not recover: ${lastLine(messageOf(error))}.`,
      'Run `leadwright doctor` to see what is missing, fix it, and run the command again.',
      { cause: error },
    );
  };
  return retryWhile(mayPass, work);
}
