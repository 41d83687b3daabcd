import assert from 'node:assert/strict';
import {
  countTurn,
  INVALID_SUBMISSIONS,
  TURNS_WITHOUT_TEST,
  type CountDecision,
  type TurnOutcome,
} from '../../src/agent/answer/turn-limits.js';
import { FRESH_COUNTS, type TurnCounts } from '../../src/contract/payloads.js';

describe('countTurn', () => {
  /** The counts after these turns, or the limit that is reached. */
  const after = (
    ...outcomes: readonly TurnOutcome[]
  ): TurnCounts | Extract<CountDecision, { next: 'ask' }>['limit'] => {
    let counts = FRESH_COUNTS;
    for (const outcome of outcomes) {
      const decision = countTurn(counts, outcome);
      if (decision.next === 'ask') return decision.limit;
      ({ counts } = decision);
    }
    return counts;
  };
  const times = (count: number, outcome: TurnOutcome) => Array.from({ length: count }, () => outcome);

  it('asks a person after three invalid submissions in a row', () => {
    assert.equal(INVALID_SUBMISSIONS, 3);
    assert.deepEqual(after(...times(2, 'invalid_submission')), { invalidSubmissions: 2, turns: 2 });
    assert.equal(after(...times(3, 'invalid_submission')), 'invalid_submissions');
  });

  it('starts that count again after a valid step, and not after invalid calls', () => {
    const twice = times(2, 'invalid_submission');
    assert.deepEqual(after(...twice, 'step', ...twice), { invalidSubmissions: 2, turns: 5 });
    assert.equal(after(...twice, 'idle', 'invalid_submission'), 'invalid_submissions');
    assert.deepEqual(after(...twice, 'step_and_invalid_submission'), { invalidSubmissions: 1, turns: 3 });
  });

  it('asks a person after too many turns without a test, whatever they were', () => {
    assert.equal(TURNS_WITHOUT_TEST, 150);
    assert.deepEqual(after(...times(149, 'step')), { invalidSubmissions: 0, turns: 149 });
    assert.equal(after(...times(150, 'step')), 'turns');
    assert.equal(after(...times(74, 'step'), 'invalid_submission', ...times(75, 'idle')), 'turns');
  });
});
