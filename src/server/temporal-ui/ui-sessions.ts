import { ExpiringSet } from '../expiring-set.js';

/** A code is used by the page that asked for it, at once; a minute also covers a slow machine. */
const CODE_MS = 60_000;
/** A working day, with some hours to spare: then the dashboard's link, or the token, signs in again. */
const SESSION_MS = 12 * 60 * 60 * 1000;
/** How long a browser keeps the session's cookie, in seconds. */
export const SESSION_SECONDS = SESSION_MS / 1000;

/**
 * The sessions of the Temporal UI, in memory. A session's secret is random and is not the token, because a browser sends
 * a cookie to every port of the host. A server that receives it can read the UI, and nothing else, until the session
 * ends.
 */
export class UiSessions {
  readonly #codes: ExpiringSet;
  readonly #sessions: ExpiringSet;

  /** `now` reads a clock that never goes back, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#codes = new ExpiringSet(CODE_MS, now);
    this.#sessions = new ExpiringSet(SESSION_MS, now);
  }

  /** Issues a code that opens one session. */
  issueCode(): string {
    return this.#codes.add();
  }

  /** Whether the code is valid. It is not from then on. */
  useCode(code: string): boolean {
    return this.#codes.remove(code);
  }

  /** Opens a session. @returns its secret, for the cookie */
  open(): string {
    return this.#sessions.add();
  }

  isOpen(secret: string): boolean {
    return this.#sessions.has(secret);
  }
}
