/** A session that outlives its stack: when the stack is lost, it finds or starts another one and reconnects. */
import { once } from 'node:events';
import { backOffMs } from '../../shared/async/back-off.js';
import { isUnavailable } from '../../db/transient-errors.js';
import { EnvironmentError, UsageError } from '../../contract/errors.js';
import { sleepUntilAborted } from '../../shared/async/sleep.js';
import { deferred } from '../../shared/async/deferred.js';
import type { Session } from './session.js';

/** The part of a session that this class uses. */
type Losable = { readonly hold: Pick<Session['hold'], 'lost'> };

/** Finds or starts the stack, opens a session on it, and closes the session once `use` has resolved. */
export type OpenSession<S> = (use: (session: S) => Promise<void>) => Promise<void>;

export class LastingSession<S extends Losable = Session> {
  #current: Promise<S>;
  #next = deferred<S>();
  readonly #released = new AbortController();
  readonly #whenReleased = once(this.#released.signal, 'abort');
  readonly #ended: Promise<void>;

  /** @param first the session to begin with; its owner closes it */
  constructor(
    first: S,
    private readonly open: OpenSession<S>,
  ) {
    this.#current = Promise.resolve(first);
    this.#ended = this.#reconnect(first);
  }

  /**
   * The current session; waits while the stack is being started again.
   * @throws UsageError or EnvironmentError when no stack can be started; after any other error, call it again
   */
  current(): Promise<S> {
    return this.#current;
  }

  /**
   * Reads with the current session. `use` must be safe to repeat.
   * @returns null when the database or the stack is unavailable
   */
  async read<T>(use: (session: S) => Promise<T>): Promise<T | null> {
    const used = this.#current;
    try {
      return await use(await used);
    } catch (error) {
      if (isFinal(error)) throw error;
      // A session that was replaced meanwhile is closed, and a closed database fails with many different errors.
      if (isUnavailable(error) || used !== this.#current) return null;
      throw error;
    }
  }

  /** Closes the session that replaced the first one, including one that is still being opened. */
  async release(): Promise<void> {
    this.#released.abort();
    await this.#ended;
  }

  async #reconnect(first: S): Promise<void> {
    const { signal } = this.#released;
    let lost = await this.#untilLost(first);
    for (let failures = 0; !signal.aborted;) {
      if (isFinal(lost)) {
        this.#next.reject(lost);
        return;
      }
      try {
        await this.open(async (session) => {
          failures = 0;
          this.#next.resolve(session);
          lost = await this.#untilLost(session);
        });
      } catch (error) {
        const failed = this.#next;
        if (!isFinal(error)) this.#awaitNext();
        failed.reject(error);
        if (isFinal(error)) return;
        await sleepUntilAborted(backOffMs(failures++), signal);
      }
    }
  }

  /** @returns why it was lost; undefined when it was released */
  async #untilLost({ hold }: S): Promise<Error | undefined> {
    const lost = await Promise.race([this.#whenReleased.then(() => undefined), hold.lost]);
    // Replaced before the lost session is closed, so that no caller uses a closed session.
    this.#awaitNext();
    return lost;
  }

  #awaitNext(): void {
    this.#next = deferred<S>();
    this.#next.promise.catch(() => undefined);
    this.#current = this.#next.promise;
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof EnvironmentError || error instanceof UsageError;
}
