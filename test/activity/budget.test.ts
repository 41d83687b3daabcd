import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { turn as takeTurn } from '../../src/activities/turn.js';
import { limitOf, tightenLimit } from '../../src/agent/call/rate-limiter.js';
import { recordAnswer, listOpenBlockers } from '../../src/db/blockers.js';
import { readUsage, readUseOf } from '../../src/db/usage.js';
import { blockerId } from '../../src/contract/ids.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { AgentSteps } from '../support/agent-steps.js';
import { writes } from '../support/answers.js';
import { activityEnvironment, useBench, type TestRun } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';

const FILES = { 'src/a.ts': 'one\n' };
const DONE = writes({ 'new.ts': 'x\n' });

/** What a call waits for: nearly all of it is 32,000 output tokens at $10 per million. */
const ENOUGH_USD = 0.33;

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
  const waitsForMoney = (error: unknown) => error instanceof ApplicationFailure && error.type === 'Waiting';
  /** A turn as Temporal runs it: retried while it waits for money, sooner than there. */
  const turn = async (agent: AgentSteps) => {
    for (;;) {
      try {
        return await agent.turn();
      } catch (error) {
        if (!waitsForMoney(error)) throw error;
        await delay(100);
      }
    }
  };

  it('tells the next dry run what tasks of this repository have cost with this model', async () => {
    const { run, agents } = await begin(3, 5);
    bench().answer = () => DONE;
    for (const agent of agents.slice(0, 2)) await agent.turn();
    const { repository, model } = await bench().db.prisma.run.findUniqueOrThrow({ where: { id: run.id } });
    const { spent } = await money(run);
    assert.ok(spent > 0);
    const { possiblyBilled, ...used } = await readUsage(bench().db, run.id);
    assert.deepEqual([possiblyBilled.calls, used.modelCalls, used.costUsd], [0, 2, spent]);
    assert.deepEqual(await readUseOf(bench().db, repository, model), { tasks: 2, ...used });
    const nothing = { tasks: 0, modelCalls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };
    assert.deepEqual(await readUseOf(bench().db, repository, 'another-model'), nothing);
    assert.deepEqual(await readUseOf(bench().db, `${repository}-2`, model), nothing);
  });

  it('starts no call that might exceed it, with a hundred agents at once', async () => {
    // The budget fits six calls at once, and all hundred once each has settled.
    const { run, agents } = await begin(100, 6 * ENOUGH_USD);
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
    let finished = false;
    const watch = (async () => {
      for (; !finished; await new Promise((resolve) => setTimeout(resolve, 25))) {
        assert.ok((await money(run)).fits);
      }
    })();
    const ended = await Promise.all(agents.map(turn));
    finished = true;
    await watch;
    assert.deepEqual(new Set(ended), new Set(['test']), 'the calls that waited were made');
    assert.ok(most > 1 && most <= 6, `${most} at once`);
    assert.deepEqual(await questions(run), []);
    const { usage } = await run.view();
    const after = await money(run);
    assert.equal(usage.modelCalls, 100);
    assert.deepEqual([after.spent, after.reserved], [usage.costUsd, 0]);
  });

  it('leaves the slot of a call that waits for money to others, and looks again less and less often', async () => {
    const { run, agents } = await begin(2, 1.1 * ENOUGH_USD);
    const [first, second] = agents;
    assert.ok(first && second);
    const answers: ((answer: Answer) => void)[] = [];
    bench().answer = () => new Promise<Answer>((resolve) => answers.push(resolve));
    const calling = first.turn();
    await eventually(() => answers.length === 1, 'the first call is made');
    const waits: unknown[] = [];
    for (const attempt of [1, 2, 3, 20]) {
      const ended: unknown = await activityEnvironment({ attempt })
        .run(takeTurn, bench().context, second.turnInput())
        .catch((error: unknown) => error);
      assert.ok(ended instanceof ApplicationFailure && !ended.nonRetryable);
      waits.push(ended.nextRetryDelay);
    }
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 15_000]);
    assert.equal(answers.length, 1, 'nothing was asked meanwhile');
    answers[0]?.(DONE);
    assert.equal(await calling, 'test');
    bench().answer = () => DONE;
    assert.equal(await second.turn(), 'test');
    assert.deepEqual(await questions(run), []);
  });

  it('takes no turn in the rate limiter from the calls that have money', async () => {
    const { run, agents } = await begin(2, 1.1 * ENOUGH_USD);
    const [first, second] = agents;
    assert.ok(first && second);
    let answer: (answer: Answer) => void = () => assert.fail('the call is not made yet');
    bench().answer = () => new Promise<Answer>((resolve) => (answer = resolve));
    const calling = first.turn();
    const { context, db } = bench();
    const { model } = await db.prisma.run.findUniqueOrThrow({ where: { id: run.id } });
    await eventually(async () => (await money(run)).reserved > 0, 'the first call is made');
    const key = limitOf(await context.endpointFor(model), model);
    await tightenLimit({ db }, { key, sentAt: new Date(), limited: true }, null);
    const next = async () => (await db.prisma.modelLimit.findUniqueOrThrow({ where: { key } })).nextAt;
    const before = await next();
    await assert.rejects(second.turn(), waitsForMoney);
    assert.deepEqual(await next(), before);
    assert.equal(await db.prisma.modelSlot.count({ where: { key } }), 0);
    answer(DONE);
    assert.equal(await calling, 'test');
    bench().answer = () => DONE;
    assert.equal(await second.turn(), 'test', 'it gets its turn once it has money');
    await db.prisma.modelLimit.delete({ where: { key } });
  });

  it('asks once when it is used up; the waiting tasks continue when it is raised', async () => {
    const { run, agents } = await begin(8, 1.5 * ENOUGH_USD);
    // Half of the budget: the second answer gets the other half, which is too short for it.
    const long = { text: 'x'.repeat(100_000), ...DONE } satisfies Answer;
    let asked = 0;
    bench().answer = () => (++asked, long);
    const ended = await Promise.all(agents.map(turn));
    const waiting = ended.filter((next) => next === 'waiting_on_run').length;
    assert.equal(asked, 8 - waiting);
    assert.ok(waiting > 0, 'the budget ends before the last');
    assert.deepEqual(await questions(run), [[null, 'budget']]);
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.match(blocker?.question ?? '', /^The budget of \$0\.495 does not cover the next model call/);
    const tasks = (await run.view()).tasks.map(({ status }) => status);
    assert.equal(tasks.filter((status) => status === 'blocked').length, waiting);
    const { spent, reserved, fits } = await money(run);
    assert.ok(fits && spent > 0 && reserved === 0);

    bench().answer = () => DONE;
    await recordAnswer(bench().db, blockerId(blocker?.id ?? ''), {
      by: 'ada',
      choice: { kind: 'money' },
      text: '',
      addUsd: 10,
    });
    const waited = agents.filter((_, index) => ended[index] === 'waiting_on_run');
    assert.deepEqual(new Set(await Promise.all(waited.map(turn))), new Set(['test']));
    assert.equal((await run.events('blocker.raised')).length, 1);
  });

  it('shortens an answer rather than to reserve more than is left', async () => {
    const { run, agents } = await begin(1, 0.5 * ENOUGH_USD);
    const [agent] = agents;
    assert.ok(agent);
    bench().answer = async ({ body }) => {
      const { reserved, fits } = await money(run);
      assert.ok(fits && reserved > 0.16);
      // $0.165, less the prompt: tools and message have some 12,000 bytes.
      assert.ok(body.max_tokens > 13_000 && body.max_tokens < 16_500, String(body.max_tokens));
      return DONE;
    };
    assert.equal(await agent.turn(), 'test');
  });

  it('lets an answer be as long as the model can, but leaves money for the calls beside it', async () => {
    const { run, agents } = await begin(2, 4);
    const limits: number[] = [];
    bench().answer = ({ body }) => {
      limits.push(body.max_tokens);
      return { ...DONE, delay: 2_000 };
    };
    await Promise.all(agents.map(turn));
    // The call that reserves first need not be sent first.
    const [first = 0, second = 0] = limits.sort((one, other) => other - one);
    assert.ok(first > 96_000 && first < 100_000 && second > 71_000 && second < 75_000, limits.join(' '));
    assert.ok((await money(run)).fits);

    const free = await begin(1, 1_000);
    bench().answer = ({ body }) => {
      assert.equal(body.max_tokens, 128_000);
      return DONE;
    };
    assert.deepEqual(await Promise.all(free.agents.map(turn)), ['test']);
  });

  it('keeps a reservation for a call that may have been billed', async () => {
    const { run, agents } = await begin(1, 1.1 * ENOUGH_USD);
    const [agent] = agents;
    assert.ok(agent);
    bench().answer = () => ({ ...DONE, delay: 60_000 });
    assert.equal(await agent.turn({ timeoutMs: 200 }), 'again');
    assert.equal(await turn(agent), 'waiting_on_run', 'what is left is too little for the shortest answer');
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.match(
      blocker?.question ?? '',
      /\$0\.3\d+ is possibly billed, for calls that were sent and never fully answered/,
    );
    assert.equal((await run.view()).usage.possiblyBilled.calls, 1, 'although it was not repeated');
  });
});
