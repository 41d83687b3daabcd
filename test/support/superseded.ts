import assert from 'node:assert/strict';
import type { TurnResult } from '../../src/contract/payloads.js';
import { StaleFence } from '../../src/db/fencing.js';

/**
 * Waits for an attempt of a turn that a newer one has superseded. It has stored its answer; only the newer one may apply
 * the submission, if it has not done so already.
 */
export async function superseded(attempt: Promise<TurnResult>): Promise<void> {
  const outcome = await attempt.then(
    ({ next }) => next,
    (error: unknown) => error,
  );
  assert.ok(outcome === 'test' || outcome instanceof StaleFence, String(outcome));
}
