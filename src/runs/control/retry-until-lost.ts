/** The gRPC status code RESOURCE_EXHAUSTED: the server asks its clients to slow down. */
const RESOURCE_EXHAUSTED = 8;

/** A killed Temporal server is back within a second or two. */
const LONGEST_DELAY_MS = 1_000;

/** What decides about another try of a call, as Temporal's client has it. */
export interface Retries<Status> {
  retryableDecider(attempt: number, status: Status): boolean;
  /** @returns milliseconds */
  delayFunction(attempt: number, status: Status): number;
}

/**
 * How a command's Temporal client retries its calls: as by default, but not once the stack is lost. The next stack may have
 * another address. By default, the client would try the old one for 20 s, and only then could the command hold the next stack.
 *
 * @param defaults of Temporal's client
 * @param lost resolves when the stack is lost
 */
export function retryUntilLost<Status extends { readonly code: number }>(
  defaults: Retries<Status>,
  lost: Promise<unknown>,
): Retries<Status> {
  let isLost = false;
  void lost.then(() => {
    isLost = true;
  });
  return {
    retryableDecider: (attempt, status) => !isLost && defaults.retryableDecider(attempt, status),
    delayFunction: (attempt, status) => {
      const delayMs = defaults.delayFunction(attempt, status);
      return status.code === RESOURCE_EXHAUSTED ? delayMs : Math.min(delayMs, LONGEST_DELAY_MS);
    },
  };
}
