/** A session that lasts as long as a command needs it: when its stack is lost, the next one takes its place. */
import { once } from 'node:events';
import { backOffMs } from '../shared/back-off.js';
import { isUnavailable } from '../db/transient-errors.js';
import { EnvironmentError, UsageError } from '../contract/errors.js';
import { pause } from '../shared/pause.js';
import { deferred } from '../shared/deferred.js';
import type { Session } from './session.js';

/** What is needed of a session here. */
type Losable = { readonly hold: Pick<Session['hold'], 'lost'> };

/** Opens a session on the stack, which is found or started again, and closes it when `use` is through. */
export type OpenSession<S> = (use: (session: S) => Promise<void>) => Promise<void>;

export class LastingSession<S extends Losable = Session> {
  #current: Promise<S>;
  #next = deferred<S>();
  readonly #released = new AbortController();
  readonly #whenReleased = once(this.#released.signal, 'abort');
  readonly #ended: Promise<void>;

  /** `first` is closed by whoever opened it. */
  constructor(
    first: S,
    private readonly open: OpenSession<S>,
  ) {
    this.#current = Promise.resolve(first);
    this.#ended = this.#renew(first);
  }

  /**
   * The session now. While the stack is started again it waits for that. Rejects with a UsageError or an
   * EnvironmentError when there is no stack to be had; after any other error, ask again.
   */
  current(): Promise<S> {
    return this.#current;
  }

  /** Does something that may be done twice with the session now; null when its database or its stack is away. */
  async read<T>(use: (session: S) => Promise<T>): Promise<T | null> {
    const asked = this.#current;
    try {
      return await use(await asked);
    } catch (error) {
      if (isFinal(error)) throw error;
      // A session that was replaced meanwhile is closed, which its database reports in many ways.
      if (isUnavailable(error) || asked !== this.#current) return null;
      throw error;
    }
  }

  /** Lets go of the session that took the place of the first, also of one that is just being opened. */
  async release(): Promise<void> {
    this.#released.abort();
    await this.#ended;
  }

  async #renew(first: S): Promise<void> {
    const { signal } = this.#released;
    await this.#untilLost(first);
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.open(async (session) => {
          failures = 0;
          this.#next.resolve(session);
          await this.#untilLost(session);
        });
      } catch (error) {
        const failed = this.#next;
        if (!isFinal(error)) this.#awaitNext();
        failed.reject(error);
        if (isFinal(error)) return;
        await pause(backOffMs(failures++), signal);
      }
    }
  }

  async #untilLost({ hold }: S): Promise<void> {
    await Promise.race([this.#whenReleased, hold.lost]);
    // Before the lost one is closed: nobody is to take it for the one to use.
    this.#awaitNext();
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
