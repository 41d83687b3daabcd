import assert from 'node:assert/strict';
import { recordAnswer } from '../../src/db/blockers.js';
import { retryTask } from '../../src/db/task-status.js';
import { blockerId, taskId } from '../../src/contract/ids.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, fails, writes } from '../support/answers.js';
import { useBench } from '../support/activity-bench.js';
import { TREE } from '../support/run-record.js';

const PLAN = { test: 'true', tasks: [{ id: 'sum', title: 'Sum the cart' }] };

/** Its first attempt did all its work but died before it could report that, so Temporal repeats it. */
describe('a turn that is repeated after it ended without an answer', function () {
  this.timeout(60_000);
  const bench = useBench();
  const begin = async () => {
    const run = await bench().start(PLAN, { 'src/a.ts': 'one\n' });
    return { run, agent: new AgentSteps(run, 'sum') };
  };
  const never = () => assert.fail('no call is repeated');

  it('leaves its task failed', async () => {
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
    [401, 'waiting_on_run', '1'],
  ] as const) {
    it(`still waits for a person who was asked because of ${code}`, async () => {
      const { run, agent } = await begin();
      bench().answer = () => fails(code);
      assert.deepEqual(await run.model.turn(agent.turnInput()), { next });
      bench().answer = never;
      const before = await run.story('sum');
      assert.deepEqual(await run.model.turn(agent.turnInput()), { next });
      assert.deepEqual(await run.story('sum'), before, 'nothing more was recorded');
      assert.equal((await run.task('sum')).status, 'blocked');
      // The answer has the same effect as if the turn had run once.
      const id = blockerId(`${run.id}:${blocker}`);
      await recordAnswer(bench().db, id, { by: 'ada', choice: { kind: 'hint' }, text: 'Go on', addUsd: 0 });
      bench().answer = () => writes({ 'new.ts': 'x\n' });
      assert.equal((await run.model.turn(agent.turnInput())).next, 'test');
      assert.equal((await run.task('sum')).status, 'in_progress');
    });
  }

  for (const [kind, status] of [
    ['skip', 'skipped'],
    ['accept', 'completed'],
  ] as const) {
    it(`ends when a person has answered "${kind}" meanwhile`, async () => {
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

  for (const kind of ['accept', 'commit'] as const) {
    it(`leaves its task to land or to test the work that a person took with "${kind}" meanwhile`, async () => {
      const { run, agent } = await begin();
      bench().answer = () =>
        calls('edit_files', { files: [{ path: 'new.ts', action: 'create', content: 'x\n' }] });
      assert.equal(await agent.turn(), 'continue');
      bench().answer = () => fails(400);
      assert.equal(await agent.turn(), 'blocked');
      bench().answer = never;
      const work = { start: run.base, commit: run.base, tree: TREE, files: ['a.ts'], explanation: 'Mine' };
      const choice = kind === 'accept' ? { kind } : { kind, name: 'mine', work };
      const id = blockerId(`${run.id}:sum:1`);
      await recordAnswer(bench().db, id, { by: 'ada', choice, text: '', addUsd: 0 });
      const before = await run.story('sum');
      assert.equal((await agent.repeat()).next, 'blocked');
      assert.deepEqual(await run.story('sum'), before, 'nothing more was recorded');
      assert.equal((await run.task('sum')).status, 'blocked');
    });
  }

  it('continues with its stored answer when a person has retried its task', async () => {
    const { run, agent } = await begin();
    bench().answer = () => writes({ 'new.ts': 'x\n' });
    const input = agent.turnInput();
    assert.equal((await run.model.turn(input)).next, 'test');
    // Applying the answer failed for good.
    await run.record.failTask({ runId: run.id, taskId: taskId('sum'), reason: 'No room on the disk' });
    assert.deepEqual(await retryTask(bench().db, { runId: run.id, taskId: taskId('sum') }), ['sum']);
    bench().answer = never;
    await agent.untilReady();
    assert.equal((await run.task('sum')).status, 'in_progress', 'a task whose work may land is in progress');
  });
});
