/** The gRPC status code RESOURCE_EXHAUSTED: the server asks its clients to slow down. */
const RESOURCE_EXHAUSTED = 8;

/** A killed Temporal server is back within a second or two. */
const LONGEST_DELAY_MS = 1_000;

/**
 * By default there are 10 tries in 20 s. With delays of a second at most, that many end after less than 7 s, which is too early
 * on a busy machine and for a server of one's own that fails over. These take 20 s again.
 */
const MOST_TRIES = 24;

/** What decides about another try of a call, as Temporal's client has it. */
export interface Retries<Status> {
  retryableDecider(attempt: number, status: Status): boolean;
  /** @returns milliseconds */
  delayFunction(attempt: number, status: Status): number;
}

/**
 * How a command's Temporal client retries its calls: for as long as by default, but not once the stack is lost. The next stack
 * may have another address. By default, the client would try the old one for 20 s, and only then could the command hold the next
 * stack.
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
    retryableDecider: (attempt, status) => {
      if (isLost) return false;
      if (status.code === RESOURCE_EXHAUSTED) return defaults.retryableDecider(attempt, status);
      // Whether the error may pass. The default number of tries is for longer delays.
      return attempt < MOST_TRIES && defaults.retryableDecider(1, status);
    },
    delayFunction: (attempt, status) => {
      const delayMs = defaults.delayFunction(attempt, status);
      return status.code === RESOURCE_EXHAUSTED ? delayMs : Math.min(delayMs, LONGEST_DELAY_MS);
    },
  };
}
