import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { activitiesOf } from '../../src/activities/index.js';
import { readRunsWithoutStore } from '../../src/activities/support/store-outage.js';
import { listOpenBlockers } from '../../src/db/blockers.js';
import { AgentSteps } from '../support/agent-steps.js';
import { useBench } from '../support/activity-bench.js';
import { writes } from '../support/answers.js';
import { activityEnvironment } from '../support/test-bench.js';

describe('a git store that is removed during a run', () => {
  const bench = useBench();

  it('is told: a person is asked once, until the store is back', async () => {
    const run = await bench().start({ test: 'true', tasks: [{ id: 'a', title: 'Do it' }] }, { a: 'a\n' });
    const agent = new AgentSteps(run, 'a');
    bench().answer = () => writes({ b: 'new\n' });
    await agent.untilReady();
    const { context } = bench();
    const candidates = [agent.candidate()];
    const land = (attempt: number, worker = context) =>
      activityEnvironment({ attempt }).run(activitiesOf('workflow', worker).land, {
        runId: run.id,
        candidates,
      });
    const questions = async () =>
      (await listOpenBlockers(bench().db, run.id)).map(({ taskId, reason, question }) => [
        taskId,
        reason,
        question,
      ]);
    const { store } = context.paths;
    renameSync(store, `${store}.away`);
    try {
      for (const attempt of [1, 2]) await assert.rejects(land(attempt), /the git store .* is gone/);
      const [[taskId, reason, question] = [], ...more] = await questions();
      assert.deepEqual([taskId, reason, more], [null, 'store', []]);
      assert.match(question ?? '', /is gone\. End the stack .*leadwright doctor --repair\. /);
    } finally {
      renameSync(`${store}.away`, store);
    }
    // Usually by another process: the stack has to be ended for the repair.
    await land(3, { ...context, runsWithoutStore: await readRunsWithoutStore(bench().db) });
    assert.equal((await run.task('a')).status, 'completed');
    assert.deepEqual(await questions(), []);
  });
});
