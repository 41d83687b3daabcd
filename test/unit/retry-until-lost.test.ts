import assert from 'node:assert/strict';
import { defaultGrpcRetryOptions } from '@temporalio/client';
import { retryUntilLost, type Retries } from '../../src/runs/control/retry-until-lost.js';
import { deferred } from '../../src/shared/async/deferred.js';

/** The codes of gRPC. */
const INVALID_ARGUMENT = { code: 3 };
const RESOURCE_EXHAUSTED = { code: 8 };
const UNAVAILABLE = { code: 14 };

/** As Temporal's client has it, by order of magnitude. */
const DEFAULTS: Retries<{ readonly code: number }> = {
  retryableDecider: (attempt, status) => attempt < 10 && status.code !== INVALID_ARGUMENT.code,
  delayFunction: (attempt) => 500 * attempt,
};

/** How long a call is retried that fails each time, by its delays. */
function longestRetriesMs<Status>(retries: Retries<Status>, status: Status): number {
  let ms = 0;
  for (let attempt = 1; retries.retryableDecider(attempt, status); attempt++)
    ms += retries.delayFunction(attempt, status);
  return ms;
}

describe("a command's calls of Temporal", () => {
  const lost = deferred<Error>();
  const retries = retryUntilLost(DEFAULTS, lost.promise);

  it('are retried while the stack restarts its server', () => {
    assert.ok(retries.retryableDecider(1, UNAVAILABLE));
  });

  it('are retried for as long as by default, although more often', () => {
    const defaults: Retries<{ readonly code: number }> = defaultGrpcRetryOptions({ maxJitter: 0 });
    const forever = deferred<Error>();
    for (const status of [UNAVAILABLE, RESOURCE_EXHAUSTED]) {
      const expected = longestRetriesMs(defaults, status);
      const actual = longestRetriesMs(retryUntilLost(defaults, forever.promise), status);
      assert.ok(
        Math.abs(actual - expected) < 2_000,
        `code ${status.code}: ${actual} ms instead of ${expected} ms`,
      );
    }
  });

  it('are not retried when they are wrong', () => {
    assert.ok(!retries.retryableDecider(1, INVALID_ARGUMENT));
  });

  it('are retried each second, or as slowly as a busy server asks for', () => {
    assert.equal(retries.delayFunction(1, UNAVAILABLE), 500);
    assert.equal(retries.delayFunction(9, UNAVAILABLE), 1_000);
    assert.equal(retries.delayFunction(9, RESOURCE_EXHAUSTED), 4_500);
  });

  it('are not retried once the stack is lost, as the next one may have another address', async () => {
    lost.resolve(new Error('the stack is gone'));
    await lost.promise;
    assert.ok(!retries.retryableDecider(1, UNAVAILABLE));
  });
});
