import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a busy machine may take for what tests wait for. Tests with less time end by the runner's own limit. */
const LONGEST_MS = 120_000;

/** Waits for something that others bring about. */
export async function eventually(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const last = performance.now() + LONGEST_MS;
  while (!(await check())) {
    assert.ok(performance.now() < last, `did not happen: ${what}`);
    await delay(20);
  }
}
