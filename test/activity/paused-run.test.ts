import assert from 'node:assert/strict';
import { AgentSteps } from '../support/agent-steps.js';
import { writes } from '../support/answers.js';
import { useBench, type TestRun } from '../support/activity-bench.js';

const PLAN = { test: 'true', retest: 'always' as const, tasks: [{ id: 'a', title: 'Do a' }] };

/** An activity that was scheduled before the pause and waited for a slot, or is retried during the pause. */
describe('an activity of a paused run', function () {
  this.timeout(60_000);
  const bench = useBench();
  const moveRun = (run: TestRun, to: 'paused' | 'running') =>
    bench().db.pool.query('SELECT move_run($1, $2)', [run.id, to]);

  /** Asserts that the activity changes nothing while the run is paused. Returns its result after the resume. */
  async function waitsWhilePaused<T>(run: TestRun, activity: () => Promise<T>): Promise<T> {
    await moveRun(run, 'paused');
    const before = await run.story('a');
    await assert.rejects(activity(), /The run is paused/);
    assert.deepEqual(await run.story('a'), before);
    await moveRun(run, 'running');
    return activity();
  }

  it('waits until the run is resumed, whichever activity it is', async () => {
    const run = await bench().start(PLAN, { 'a.txt': 'a\n' });
    const agent = new AgentSteps(run, 'a');
    assert.equal(await waitsWhilePaused(run, () => run.sandbox.checkBase({ runId: run.id })), true);

    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.turn();
    const commit = await agent.submitted();
    const input = agent.testInput(commit);
    assert.deepEqual(await waitsWhilePaused(run, () => run.sandbox.test(input)), { next: 'land' });
    agent.attempts++;
    const merge = {
      runId: run.id,
      taskId: input.taskId,
      attempt: 1,
      commit,
      timeoutMs: 10_000,
    };
    await waitsWhilePaused(run, () => run.sandbox.testMerge(merge));
    const landing = { runId: run.id, candidates: [agent.candidate()] };
    assert.deepEqual((await waitsWhilePaused(run, () => run.record.land(landing))).landed, ['a']);
    assert.equal(await waitsWhilePaused(run, () => run.sandbox.verify({ runId: run.id })), true);
  });
});
