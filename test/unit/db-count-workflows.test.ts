import assert from 'node:assert/strict';
import { countWorkflows, type WorkflowFacts } from '../../src/db/task-page.js';

describe('the workflows of a task, counted from the record', () => {
  const count = (facts: Partial<WorkflowFacts>) =>
    countWorkflows({ status: 'in_progress', startedAt: new Date(0), attempts: [], blockers: [], ...facts });
  const answered = (at: number, choice: string) => ({ resolvedAt: new Date(at), choice });
  const OPEN = { resolvedAt: null, choice: null };

  it('are none before it starts, then one', () => {
    assert.equal(count({ status: 'pending', startedAt: null }), 0);
    assert.equal(count({}), 1);
  });

  it('are one more after each return from landing', () => {
    const attempts = [{ landing: 'conflict' }, { landing: 'red' }, { landing: 'landed' }, { landing: null }];
    assert.equal(count({ attempts }), 3);
  });

  it('are one more after each answer, but for one that it waits for a slot with', () => {
    const blockers = [answered(1, 'hint'), answered(2, 'retry')];
    assert.equal(count({ blockers }), 3);
    assert.equal(count({ status: 'blocked', blockers }), 2);
    assert.equal(count({ status: 'blocked', blockers: [...blockers, OPEN] }), 3);
    assert.equal(count({ status: 'blocked' }), 1);
  });

  it('are not one more after an answer that ended it, which is the last one', () => {
    const blockers = [answered(2, 'accept'), answered(1, 'hint')];
    assert.equal(count({ status: 'completed', blockers }), 2);
    assert.equal(count({ status: 'skipped', blockers: [answered(1, 'skip')] }), 1);
    assert.equal(count({ status: 'completed', blockers: [answered(1, 'accept'), answered(2, 'hint')] }), 3);
  });
});
