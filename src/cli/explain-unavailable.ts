import { EnvironmentError, UsageError, messageOf } from '../contract/errors.js';

/** The stack that is started anew has the same data. */
const HOW_TO_GO_ON =
  'If it lasts, start the stack anew with `leadwright down --now` and then `leadwright up`: open runs continue. The logs are in the folder logs of LEADWRIGHT_HOME. For a PostgreSQL or a Temporal of your own, check DATABASE_URL or TEMPORAL_ADDRESS.';

/**
 * Says what does not answer, and what to do. A client only says something like "Failed to connect before the deadline".
 * @returns the error itself when it has another cause, or says what to do
 */
export async function explainUnavailable(error: unknown): Promise<unknown> {
  if (error instanceof UsageError || error instanceof EnvironmentError) return error;
  // Loaded here, because it loads the database's client.
  const { isUnavailable } = await import('../db/transient-errors.js');
  if (!isUnavailable(error)) return error;
  const reason = lastLine(messageOf(error)).replace(/\.$/, '');
  return new EnvironmentError(`The database or Temporal does not answer: ${reason}.`, HOW_TO_GO_ON, {
    cause: error,
  });
}

/** Prisma's messages begin with the call that failed, and end with the reason. */
export function lastLine(message: string): string {
  return message.trim().split('\n').at(-1) ?? '';
}
