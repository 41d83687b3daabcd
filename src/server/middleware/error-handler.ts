import type { ErrorHandler } from 'hono';
import type { Logger } from 'pino';
import { messageOf } from '../../contract/errors.js';
import { DATABASE_AWAY, Refused } from '../refusal.js';
import { refuse } from '../responses.js';
import type { ServerEnv } from '../server-env.js';

export interface ErrorHandlerOptions {
  /** Rejects when the database cannot be reached. */
  readonly checkDatabase: () => Promise<void>;
  readonly log: Logger;
}

/**
 * Answers a refusal as it is. Any other error is 503 while the database is away, for then the client may come back;
 * else it is a fault of ours, and only the log says what it was.
 */
export function errorHandler({ checkDatabase, log }: ErrorHandlerOptions): ErrorHandler<ServerEnv> {
  return async (error, c) => {
    if (error instanceof Refused) return refuse(c, error.refusal);
    const isReachable = await checkDatabase().then(
      () => true,
      () => false,
    );
    if (!isReachable) return refuse(c, DATABASE_AWAY);
    log.error(`A request failed: ${messageOf(error)}`);
    return refuse(c, {
      status: 500,
      detail: 'Something went wrong here; the log of the server says what.',
    });
  };
}
