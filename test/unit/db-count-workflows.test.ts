import assert from 'node:assert/strict';
import { countWorkflows, type WorkflowFacts } from '../../src/db/task-page.js';

describe('countWorkflows', () => {
  const count = (facts: Partial<WorkflowFacts>) =>
    countWorkflows({ status: 'in_progress', startedAt: new Date(0), attempts: [], blockers: [], ...facts });
  const answered = (at: number, choice: string) => ({ resolvedAt: new Date(at), choice });
  const OPEN = { resolvedAt: null, choice: null };

  it('counts none before the task starts, then one', () => {
    assert.equal(count({ status: 'pending', startedAt: null }), 0);
    assert.equal(count({}), 1);
  });

  it('counts one more after each requeue', () => {
    const attempts = [{ landing: 'conflict' }, { landing: 'red' }, { landing: 'landed' }, { landing: null }];
    assert.equal(count({ attempts }), 3);
  });

  it('counts one more after each answer, except one whose task still waits for a slot', () => {
    const blockers = [answered(1, 'hint'), answered(2, 'retry')];
    assert.equal(count({ blockers }), 3);
    assert.equal(count({ status: 'blocked', blockers }), 2);
    assert.equal(count({ status: 'blocked', blockers: [...blockers, OPEN] }), 3);
    assert.equal(count({ status: 'blocked' }), 1);
  });

  it('does not count the answer that ended the task, which is the last one', () => {
    const blockers = [answered(2, 'accept'), answered(1, 'hint')];
    assert.equal(count({ status: 'completed', blockers }), 2);
    assert.equal(count({ status: 'skipped', blockers: [answered(1, 'skip')] }), 1);
    assert.equal(count({ status: 'completed', blockers: [answered(1, 'accept'), answered(2, 'hint')] }), 3);
  });
});
