import assert from 'node:assert/strict';
import { recordAnswer } from '../../src/db/blockers.js';
import { retryTask } from '../../src/db/task-status.js';
import { blockerId, taskId } from '../../src/contract/ids.js';
import { AgentSteps } from '../support/agent-steps.js';
import { fails, writes } from '../support/answers.js';
import { useBench } from '../support/workplace.js';

const PLAN = { test: 'true', tasks: [{ id: 'sum', title: 'Sum the cart' }] };

/** Its first attempt did all it had to do, but died before it could say so: Temporal has it done again. */
describe('a turn that is done again after it ended without an answer', function () {
  this.timeout(60_000);
  const bench = useBench();
  const begin = async () => {
    const run = await bench().start(PLAN, { 'src/a.ts': 'one\n' });
    return { run, agent: new AgentSteps(run, 'sum') };
  };
  const never = () => assert.fail('no call is made again');

  it('has failed its task still', async () => {
    const { run, agent } = await begin();
    bench().answer = () => ({ ...writes({ 'new.ts': 'x\n' }), delay: 60_000 });
    const input = agent.turnInput({ timeoutMs: 200, timedOut: true });
    assert.deepEqual(await run.model.turn(input), { next: 'failed' });
    bench().answer = never;
    assert.deepEqual(await run.model.turn(input), { next: 'failed' });
    assert.equal((await run.task('sum')).status, 'failed');
  });

  for (const [code, next, blocker] of [
    [400, 'blocked', 'sum:1'],
    [413, 'blocked', 'sum:1'],
    [401, 'held', '1'],
  ] as const) {
    it(`waits for a person still, who was asked because of ${code}`, async () => {
      const { run, agent } = await begin();
      bench().answer = () => fails(code);
      assert.deepEqual(await run.model.turn(agent.turnInput()), { next });
      bench().answer = never;
      const before = await run.story('sum');
      assert.deepEqual(await run.model.turn(agent.turnInput()), { next });
      assert.deepEqual(await run.story('sum'), before, 'nothing more has happened to it');
      assert.equal((await run.task('sum')).status, 'blocked');
      // The answer is heard as if the turn had been done once.
      const id = blockerId(`${run.id}:${blocker}`);
      await recordAnswer(bench().db, id, { by: 'ada', choice: { kind: 'hint' }, text: 'Go on', addUsd: 0 });
      bench().answer = () => writes({ 'new.ts': 'x\n' });
      assert.deepEqual(await run.model.turn(agent.turnInput()), { next: 'apply' });
      assert.equal((await run.task('sum')).status, 'in_progress');
    });
  }

  for (const [kind, status] of [
    ['skip', 'skipped'],
    ['accept', 'completed'],
  ] as const) {
    it(`ends, when a person has answered "${kind}" meanwhile`, async () => {
      const { run, agent } = await begin();
      bench().answer = () => fails(400);
      assert.deepEqual(await run.model.turn(agent.turnInput()), { next: 'blocked' });
      bench().answer = never;
      const id = blockerId(`${run.id}:sum:1`);
      await recordAnswer(bench().db, id, { by: 'ada', choice: { kind }, text: '', addUsd: 0 });
      assert.deepEqual(await run.model.turn(agent.turnInput()), { next: 'blocked' });
      assert.equal((await run.task('sum')).status, status);
    });
  }

  it('and whose task is tried again by a person goes on with the answer that it has', async () => {
    const { run, agent } = await begin();
    bench().answer = () => writes({ 'new.ts': 'x\n' });
    const input = agent.turnInput();
    assert.deepEqual(await run.model.turn(input), { next: 'apply' });
    // It was to be applied, and that gave up for good.
    await run.record.failTask({ runId: run.id, taskId: taskId('sum'), reason: 'No room on the disk' });
    assert.deepEqual(await retryTask(bench().db, { runId: run.id, taskId: taskId('sum') }), ['sum']);
    bench().answer = never;
    await agent.untilReady();
    assert.equal((await run.task('sum')).status, 'in_progress', 'what lands is at work');
  });
});
