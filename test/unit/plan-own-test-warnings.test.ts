import assert from 'node:assert/strict';
import { ownTestWarnings, type OwnTest } from '../../src/plan/own-test-warnings.js';
import { forEachWithin } from '../../src/shared/async/bounded-time.js';

/** Rejects on abort. */
const untilStopped = (_: unknown, signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = () => reject(new Error('stopped'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });

describe('eachWithin', () => {
  const never = new AbortController().signal;

  it('handles every item once', async () => {
    const seen: number[] = [];
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    await forEachWithin(
      60_000,
      numbers,
      (n) => {
        seen.push(n);
        return Promise.resolve();
      },
      never,
    );
    assert.deepEqual(
      seen.sort((a, b) => a - b),
      numbers,
    );
  });

  it('aborts running work when the time is over, starts no more, and does not fail', async () => {
    let begun = 0;
    await forEachWithin(
      20,
      Array.from({ length: 10_000 }),
      (item, signal) => {
        begun++;
        return untilStopped(item, signal);
      },
      never,
    );
    assert.ok(begun > 0 && begun < 10_000);
  });

  it('fails with the error of an item, or with the reason of its cancellation', async () => {
    await assert.rejects(
      forEachWithin(60_000, [1], () => Promise.reject(new Error('a bug')), never),
      /a bug/,
    );
    const reason = new Error('cancelled');
    await assert.rejects(forEachWithin(60_000, [1], untilStopped, AbortSignal.abort(reason)), reason);
  });
});

describe('ownTestWarnings', () => {
  const tests = (...passed: OwnTest['passed'][]): OwnTest[] =>
    passed.map((each, index) => ({
      taskId: `t${index}`,
      command: `test ${index}`,
      passed: each,
      notFound: false,
    }));

  it('is empty if all tests fail, or none was tried', () => {
    assert.deepEqual(ownTestWarnings(tests(false, false)), []);
    assert.deepEqual(ownTestWarnings(tests(null, null)), []);
  });

  it('names the first tests that pass, and counts those that were not tried', () => {
    const warnings = ownTestWarnings(tests(true, false, null, true, true, true, true, true, true));
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? '', /^7 tasks .*: t0 \(test 0\), t3 .* and 2 more$/);
    assert.match(warnings[1] ?? '', /^1 of 9 tasks' own tests were not tried/);
  });

  it('names tests in which a command is not found', () => {
    const [one, ...others] = tests(false, false, false).map((test) => ({ ...test, notFound: true }));
    assert.deepEqual(ownTestWarnings(one === undefined ? [] : [one, ...tests(false)]), [
      'a task has a test of its own in which a command is not found. Correct the plan, unless the tasks are to make that command: t0 (test 0)',
    ]);
    assert.match(
      ownTestWarnings(others)[0] ?? '',
      /^2 tasks have tests of their own in which .*: t1 \(test 1\), t2 /,
    );
  });
});
