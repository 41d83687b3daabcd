import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

/** Time limit on a busy machine. Tests with a shorter limit are ended by the test runner. */
const LONGEST_MS = 120_000;

/** Polls until `check` holds. @param what names the condition in the failure message */
export async function eventually(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const last = performance.now() + LONGEST_MS;
  while (!(await check())) {
    assert.ok(performance.now() < last, `did not happen: ${what}`);
    await delay(20);
  }
}
