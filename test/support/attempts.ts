/**
 * Counts attacks for `npm run test:hostile`. Each test below `test/hostile` counts as one attempt, and as a success of
 * the attacker when it fails. A test that makes several separate attacks counts each with `attempt`. A test of ordinary
 * behaviour, which attacks nothing, is an `ordinary` and does not count.
 */
import type { Test } from 'mocha';

export interface Attempts {
  readonly made: number;
  /** The attacks that succeeded. */
  readonly succeeded: readonly string[];
}

/** The attempts that the running test counted itself. */
let made = 0;
let succeeded: string[] = [];

const ordinaryTests = new WeakSet<object>();

/**
 * Makes one of several attacks of a test.
 * @param what the attack, for the report
 * @param check makes the attack, and throws when a promise was broken
 */
export async function attempt(what: string, check: () => Promise<void> | void): Promise<void> {
  made += 1;
  try {
    await check();
  } catch (error) {
    succeeded.push(what);
    throw new Error(`The attack succeeded: ${what}`, { cause: error });
  }
}

/** Declares a test of ordinary behaviour among the attacks, for example that an attack works without the defence. */
export function ordinary(title: string, body: (this: Mocha.Context) => Promise<void> | void): void {
  const test = it(title, async function () {
    await body.call(this);
  });
  ordinaryTests.add(test);
}

/** Forgets what was counted, before a test. */
export function resetAttempts(): void {
  made = 0;
  succeeded = [];
}

/** Returns the attempts of a test that has just ended. */
export function attemptsOf(test: Test): Attempts {
  if (ordinaryTests.has(test)) return { made: 0, succeeded: [] };
  const failed = test.state === 'failed' && succeeded.length === 0;
  return {
    made: Math.max(made, 1),
    succeeded: failed ? [test.fullTitle()] : succeeded,
  };
}
