import assert from 'node:assert/strict';
import { isSameFailure } from '../../src/results/same-failure.js';

const failure = (output: string, summary = 'exit code 1: sums') => ({ summary, output });

describe('isSameFailure', () => {
  const PAIRS: readonly (readonly [string, string, string, boolean])[] = [
    ['the same output', 'expected 3, got 4', 'expected 3, got 4', true],
    ['another duration', 'sums (12 ms): expected 3', 'sums (1.5 s): expected 3', true],
    ['another time and address', '2026-11-27T10:00:00Z at 0x1f', '2026-11-28 11:00:00 at 0xAA', true],
    ['other white space', 'a\n  b', 'a b', true],
    ['another value', 'expected 3, got 4', 'expected 3, got 5', false],
    ['no output at all', '', '', false],
  ];
  for (const [what, before, now, same] of PAIRS) {
    it(`is ${same} for ${what}`, () => assert.equal(isSameFailure(failure(before), failure(now)), same));
  }

  it('compares the summary too', () => {
    assert.ok(!isSameFailure(failure('x', 'exit code 1'), failure('x', 'timed out')));
  });
});
