import assert from 'node:assert/strict';
import { AgentSteps } from '../support/agent-steps.js';
import { writes } from '../support/answers.js';
import { useBench, type TestRun } from '../support/workplace.js';

const PLAN = { test: 'true', retest: 'always' as const, tasks: [{ id: 'a', title: 'Do a' }] };

/** What was scheduled before the pause and waited for a slot, or is tried again in it. */
describe('a step of a paused run', function () {
  this.timeout(60_000);
  const bench = useBench();
  const move = (run: TestRun, to: 'paused' | 'running') =>
    bench().db.pool.query('SELECT move_run($1, $2)', [run.id, to]);

  /** Does not begin, and leaves no trace; does, once the run goes on. */
  async function waits<T>(run: TestRun, step: () => Promise<T>): Promise<T> {
    await move(run, 'paused');
    const before = await run.story('a');
    await assert.rejects(step(), /The run is paused: this begins when it goes on/);
    assert.deepEqual(await run.story('a'), before);
    await move(run, 'running');
    return step();
  }

  it('waits until it goes on, whatever it is', async () => {
    const run = await bench().start(PLAN, { 'a.txt': 'a\n' });
    const agent = new AgentSteps(run, 'a');
    assert.equal(await waits(run, () => run.sandbox.checkBase({ runId: run.id })), true);

    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.turn();
    const applied = await waits(run, () => agent.apply());
    assert.ok(applied.next === 'test');
    const input = agent.testInput(applied.commit);
    assert.deepEqual(await waits(run, () => run.sandbox.test(input)), { next: 'land' });
    agent.attempts++;
    const merge = {
      runId: run.id,
      taskId: input.taskId,
      attempt: 1,
      commit: applied.commit,
      timeoutMs: 10_000,
    };
    await waits(run, () => run.sandbox.testMerge(merge));
    const landing = { runId: run.id, candidates: [agent.candidate()] };
    assert.deepEqual((await waits(run, () => run.record.land(landing))).landed, ['a']);
    assert.equal(await waits(run, () => run.sandbox.verify({ runId: run.id })), true);
  });
});
