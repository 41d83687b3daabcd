import assert from 'node:assert/strict';
import { taskState } from '../../src/cli/print/task-state.js';
import { taskId } from '../../src/contract/ids.js';

describe('the state of a task in words', () => {
  const task = { id: taskId('a'), status: 'blocked' as const, error: 'Why?' };

  it('holds the question while it is open', () => {
    const asked = new Map([[task.id, 'Why?']]);
    assert.deepEqual(taskState({ status: 'blocked' }, task, asked), { words: 'blocked', error: 'Why?' });
  });

  it('says that the question was answered, and what the task waits for now', () => {
    assert.deepEqual(taskState({ status: 'paused' }, task, new Map()), {
      words: 'blocked (answered: goes on when the run is resumed)',
      error: null,
    });
  });

  it('keeps the error of a failed task', () => {
    const failed = { ...task, status: 'failed' as const, error: 'Red.' };
    assert.deepEqual(taskState({ status: 'failed' }, failed, new Map()), { words: 'failed', error: 'Red.' });
  });
});
