import assert from 'node:assert/strict';
import { taskId } from '../../src/contract/ids.js';
import { useBench, type TestPlan } from '../support/activity-bench.js';
import { AgentSteps } from '../support/agent-steps.js';
import { submits } from '../support/answers.js';

const PLAN: TestPlan = { test: 'grep -q good a.txt', tasks: [{ id: 'a', title: 'Do a' }] };

/** Inputs that contradict the record: what counts is the record. */
describe('activities', () => {
  const bench = useBench();
  const begin = async () => {
    const run = await bench().start(PLAN, { 'a.txt': 'old\n' });
    bench().answer = () => submits({ path: 'b.txt', action: 'create', content: 'bad\n' });
    const agent = new AgentSteps(run, 'a');
    return { run, agent };
  };

  it('complete no run whose tasks are not completed', async () => {
    const { run } = await begin();
    await assert.rejects(run.record.reportRun({ runId: run.id, status: 'completed' }), /cannot be completed/);
    assert.equal((await run.view()).status, 'running');
  });

  it('land no attempt whose tests did not pass', async () => {
    const { run, agent } = await begin();
    await agent.turn();
    await agent.repeat();
    const candidates = [{ taskId: taskId('a'), attempt: 1 }];
    await assert.rejects(run.record.land({ runId: run.id, candidates }), /cannot land/);
    assert.equal(run.branch(), run.base);
    assert.equal((await run.task('a')).status, 'in_progress');
  });

  it('test no other commit than the one of the attempt', async () => {
    const { run, agent } = await begin();
    await agent.turn();
    await agent.repeat();
    await assert.rejects(run.sandbox.test(agent.testInput(run.base)), /another commit in the record/);
    assert.deepEqual(await run.events('tests.finished'), []);
  });
});
