import { EnvironmentError, UsageError, messageOf } from '../../contract/errors.js';
import { findShortage } from '../../local-stack/home-space.js';

/** Says that the disk of a home is full, so that nothing can be relied on, and what to do; null when it has room. */
export async function fullDiskWarning(home: string): Promise<string | null> {
  const shortage = await findShortage(home);
  return shortage?.stops === true ? `${shortage.said}. ${shortage.fix}` : null;
}

/**
 * Adds the full disk of a home to an error that does not say how to fix it. On a full disk Temporal only says that a
 * request failed, and the system does not say which file it could not write.
 * @returns the error itself when it has another cause, or the disk has room
 */
export async function explainFullDisk(error: unknown, home: string): Promise<unknown> {
  const shortage = await findShortage(home);
  if (shortage?.stops !== true || (await hasOtherCause(error))) return error;
  const message = messageOf(error).trim().replace(/\.$/, '');
  return new EnvironmentError(`${message}; ${shortage.said}.`, shortage.fix, { cause: error });
}

/** Whether an error says what to do. One that gave up on Temporal or the database only says where to look. */
async function hasOtherCause(error: unknown): Promise<boolean> {
  if (error instanceof UsageError) return true;
  if (!(error instanceof EnvironmentError)) return false;
  // Loaded here, because it loads the database's client.
  const { isUnavailable } = await import('../../db/transient-errors.js');
  return !isUnavailable(error.cause);
}
