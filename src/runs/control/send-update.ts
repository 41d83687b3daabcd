import { ServiceError } from '@temporalio/client';
import { FAILED_PRECONDITION, grpcStatusOf } from '../../shared/network/grpc-status.js';
import { retryWhile } from '../../shared/async/retry-while.js';

/** The next workflow task follows at once. A lead whose workflow tasks go on failing is stuck, which its caller notices. */
const TRIES = 10;

/**
 * Sends an update to a lead, and sends it again when the server could not hand it over. The lead has not accepted it then.
 * @throws the error of the last try
 */
export function sendUpdate<T>(send: () => Promise<T>, pauseMs?: number): Promise<T> {
  let tries = 0;
  return retryWhile((error) => wasNotHandedOver(error) && (tries += 1) < TRIES, send, {
    ...(pauseMs !== undefined && { pauseMs }),
  });
}

/** Whether the update was with a workflow task that failed, such as one that could not continue as new. */
function wasNotHandedOver(error: unknown): boolean {
  return error instanceof ServiceError && grpcStatusOf(error.cause) === FAILED_PRECONDITION;
}
