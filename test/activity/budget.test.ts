import assert from 'node:assert/strict';
import { recordAnswer, listOpenBlockers } from '../../src/db/blockers.js';
import { blockerId } from '../../src/contract/ids.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { AgentSteps } from '../support/agent-steps.js';
import { writes } from '../support/answers.js';
import { useBench, type TestRun } from '../support/workplace.js';

const FILES = { 'src/a.ts': 'one\n' };
const DONE = writes({ 'new.ts': 'x\n' });

/** Of a call's cost, what 32,000 tokens of answer at $10 a million come to is nearly all. */
const WORST_USD = 0.33;

describe('a run’s budget', function () {
  this.timeout(120_000);
  const bench = useBench();
  const begin = async (agents: number, budgetUsd: number) => {
    const tasks = Array.from({ length: agents }, (_, n) => ({ id: `t${n}`, title: `Task ${n}` }));
    const run = await bench().start({ test: 'true', tasks }, FILES, { budgetUsd });
    return { run, agents: tasks.map(({ id }) => new AgentSteps(run, id)) };
  };
  const money = async (run: TestRun) => {
    const found = await bench().db.pool.query<{ spent: number; reserved: number; fits: boolean }>(
      `SELECT spent_usd::float8 AS spent, reserved_usd::float8 AS reserved,
         spent_usd + reserved_usd <= budget_usd AS fits FROM runs WHERE id = $1`,
      [run.id],
    );
    return found.rows[0] ?? assert.fail('the run is there');
  };
  const questions = async (run: TestRun) =>
    (await listOpenBlockers(bench().db, run.id)).map(({ taskId, reason }) => [taskId, reason]);
  /** A turn as Temporal makes it: again, when it had waited for too long. */
  const turn = async (agent: AgentSteps) => {
    for (;;) {
      try {
        return await agent.turn();
      } catch (error) {
        if (!(error instanceof Error) || !error.message.includes('waiting for what they leave')) throw error;
      }
    }
  };

  it('lets no call begin that might not fit, at any moment of a hundred agents', async () => {
    // Room for six calls at once, and money for all hundred once each has settled.
    const { run, agents } = await begin(100, 6 * WORST_USD);
    let most = 0;
    let open = 0;
    bench().answer = async () => {
      open++;
      most = Math.max(most, open);
      const { fits } = await money(run);
      open--;
      assert.ok(fits, 'while a call is under way');
      return DONE;
    };
    let over = false;
    const watch = (async () => {
      for (; !over; await new Promise((resolve) => setTimeout(resolve, 25))) {
        assert.ok((await money(run)).fits);
      }
    })();
    const ended = await Promise.all(agents.map(turn));
    over = true;
    await watch;
    assert.deepEqual(new Set(ended), new Set(['apply']), 'who waited got its money');
    assert.ok(most > 1 && most <= 6, `${most} at once`);
    assert.deepEqual(await questions(run), []);
    const { usage } = await run.view();
    const after = await money(run);
    assert.equal(usage.modelCalls, 100);
    assert.deepEqual([after.spent, after.reserved], [usage.costUsd, 0]);
  });

  it('asks once at its end, and holds all that wait; with more money they go on', async () => {
    const { run, agents } = await begin(8, 1.5 * WORST_USD);
    // An answer that costs as much as one may: after it, no other call fits.
    const long = { text: 'x'.repeat(100_000), ...DONE } satisfies Answer;
    let asked = 0;
    bench().answer = () => (++asked, long);
    const ended = await Promise.all(agents.map(turn));
    const held = ended.filter((next) => next === 'held').length;
    assert.equal(asked, 8 - held);
    assert.ok(held > 0, 'the budget ends before the last');
    assert.deepEqual(await questions(run), [[null, 'budget']]);
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.match(blocker?.question ?? '', /^The budget of \$0\.495 does not reach for the next model call/);
    const tasks = (await run.view()).tasks.map(({ status }) => status);
    assert.equal(tasks.filter((status) => status === 'blocked').length, held);
    const { spent, reserved, fits } = await money(run);
    assert.ok(fits && spent > 0 && reserved === 0);

    bench().answer = () => DONE;
    await recordAnswer(bench().db, blockerId(blocker?.id ?? ''), {
      by: 'ada',
      choice: { kind: 'money' },
      text: '',
      addUsd: 10,
    });
    const waited = agents.filter((_, index) => ended[index] === 'held');
    assert.deepEqual(new Set(await Promise.all(waited.map(turn))), new Set(['apply']));
    assert.equal((await run.events('blocker.raised')).length, 1);
  });

  it('is kept for what may have been billed', async () => {
    const { run, agents } = await begin(1, 1.5 * WORST_USD);
    const [agent] = agents;
    assert.ok(agent);
    bench().answer = () => ({ ...DONE, delay: 60_000 });
    assert.equal(await agent.turn({ timeoutMs: 200 }), 'again');
    assert.equal(await turn(agent), 'held', 'a second call might overshoot');
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.match(blocker?.question ?? '', /\$0\.3\d+ may have been billed for answers that never came/);
    assert.equal((await run.view()).usage.possiblyBilled.calls, 0, 'it was not made again');
  });
});
