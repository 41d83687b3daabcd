import { ExpiringSet } from './expiring-set.js';

/** Time to find the link in the terminal and to open a browser. */
export const SIGN_IN_CODE_MS = 10 * 60_000;

/** Codes that sign a browser in to the dashboard once, so that no address holds the token. */
export class SignInCodes {
  readonly #codes: ExpiringSet;

  /** @param now reads a clock that never goes back, in milliseconds */
  constructor(
    private readonly token: string,
    now: () => number = () => performance.now(),
  ) {
    this.#codes = new ExpiringSet(SIGN_IN_CODE_MS, now);
  }

  issue(): string {
    return this.#codes.add();
  }

  /** Redeems a code. @returns the token; null for a code that is unknown, was used, or is too old */
  redeem(code: string): string | null {
    return this.#codes.remove(code) ? this.token : null;
  }
}
