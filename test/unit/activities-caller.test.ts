import assert from 'node:assert/strict';
import { isCalledByOwnWorkflow } from '../../src/activities/support/caller.js';
import { ACTIVITY_NAMES } from '../../src/activities/index.js';

const INPUT = { runId: 'shop', taskId: 'a' };

describe('isCalledByOwnWorkflow', () => {
  const isCalled = (activityType: string, workflowType: string, workflowId: string, input: unknown = INPUT) =>
    isCalledByOwnWorkflow(
      { activityType, workflowType, workflowExecution: { workflowId, runId: 'x' } },
      input,
    );
  const callable = (workflowType: string, workflowId: string, input?: unknown) =>
    ACTIVITY_NAMES.filter((name) => isCalled(name, workflowType, workflowId, input)).sort();

  it('lets a task call the activities of a task, and the lead all others', () => {
    const ofTask = ['failTask', 'runCalls', 'test', 'tryTest', 'turn'];
    assert.deepEqual(callable('taskRun', 'leadwright/shop/a'), ofTask);
    assert.deepEqual(callable('taskRun', 'leadwright/shop/a/12'), ofTask);
    const ofLead = ACTIVITY_NAMES.filter((name) => name === 'failTask' || !ofTask.includes(name)).sort();
    assert.deepEqual(callable('projectRun', 'leadwright/shop'), ofLead);
  });

  it('refuses every other workflow', () => {
    for (const [type, id] of [
      ['projectRun', 'leadwright/other'],
      ['projectRun', 'shop'],
      ['projectRun', 'leadwright/shop/a'],
      ['taskRun', 'leadwright/shop'],
      ['taskRun', 'leadwright/shop/b'],
      ['taskRun', 'leadwright/shop/a/b'],
      ['taskRun', 'leadwright/shop/a/0'],
      ['taskRun', 'leadwright/shop/a/'],
      ['taskRun', 'leadwright/shop/ab'],
      ['other', 'leadwright/shop'],
    ] as const) {
      assert.deepEqual(callable(type, id), [], `${type} ${id}`);
    }
  });

  it('refuses an input that names no run, or no task', () => {
    for (const input of [null, 'shop', {}, { runId: '../x' }, { runId: 7 }, [INPUT]]) {
      assert.deepEqual(callable('projectRun', 'leadwright/shop', input), []);
    }
    assert.deepEqual(callable('taskRun', 'leadwright/shop/a', { runId: 'shop' }), []);
  });
});
