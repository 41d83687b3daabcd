import assert from 'node:assert/strict';
import {
  countEvent,
  INVALID_SUBMISSIONS,
  READ_TURNS,
  type CountedEvent,
} from '../../src/agent/turn-limits.js';
import { FRESH_COUNTS, type TurnCounts } from '../../src/contract/payloads.js';

describe('countEvent', () => {
  /** The counts after these events; null once a person is asked. */
  const after = (...events: readonly CountedEvent[]): TurnCounts | null => {
    let counts = FRESH_COUNTS;
    for (const event of events) {
      const decision = countEvent(counts, event);
      if (decision.next === 'ask') return null;
      ({ counts } = decision);
    }
    return counts;
  };
  const times = (count: number, event: CountedEvent) => Array.from({ length: count }, () => event);

  it('asks a person after three invalid submissions in a row', () => {
    assert.equal(INVALID_SUBMISSIONS, 3);
    assert.deepEqual(after(...times(2, 'invalid_submission')), { invalidSubmissions: 2, reads: 0 });
    assert.equal(after(...times(3, 'invalid_submission')), null);
    assert.equal(after('invalid_submission', 'read', 'invalid_submission', 'invalid_submission'), null);
  });

  it('asks a person after sixty reading turns in a row, and starts over after a submission', () => {
    assert.equal(READ_TURNS, 60);
    assert.deepEqual(after(...times(59, 'read')), { invalidSubmissions: 0, reads: 59 });
    assert.equal(after(...times(60, 'read')), null);
    assert.deepEqual(after(...times(59, 'read'), 'invalid_submission', 'read'), {
      invalidSubmissions: 1,
      reads: 1,
    });
  });
});
