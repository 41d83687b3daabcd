import assert from 'node:assert/strict';
import { ActivityCancellationDetails } from '@temporalio/common';
import { turn } from '../../src/activities/turn.js';
import { answerBlocker } from '../../src/db/blockers.js';
import { readPossiblyBilled } from '../../src/db/budget.js';
import { blockerId } from '../../src/contract/ids.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, fails, lastText, writes } from '../support/answers.js';
import { AWAY, awayAt, killedAt } from '../support/faults.js';
import { activityEnvironment, useBench, type TestRun } from '../support/activity-bench.js';

const PLAN = { test: 'true', tasks: [{ id: 'sum', title: 'Sum the cart' }] };
const FILES = { 'src/a.ts': 'one\n' };
const DONE = writes({ 'new.ts': 'x\n' });

describe('a call without an answer', function () {
  this.timeout(60_000);
  const bench = useBench();
  const begin = async () => {
    const run = await bench().start(PLAN, FILES);
    return { run, agent: new AgentSteps(run, 'sum') };
  };
  /** Repeats the turn on another worker, which gets an answer. Returns how many calls are possibly billed. */
  const possiblyBilledCalls = async (run: TestRun, agent: AgentSteps) => {
    bench().answer = () => DONE;
    const again = run.on(await bench().anotherWorker()).model;
    assert.equal((await again.turn(agent.turnInput())).next, 'test');
    const { usage } = await run.view();
    assert.equal(usage.modelCalls, 1);
    const { rows } = await bench().db.pool.query<{ reserved: boolean }>(
      'SELECT reserved_usd = $2 AS reserved FROM runs WHERE id = $1',
      [run.id, usage.possiblyBilled.costUsd],
    );
    assert.deepEqual(rows, [{ reserved: true }], 'only a call that may have been billed stays reserved');
    return usage.possiblyBilled.calls;
  };

  for (const code of [429, 529, 500, 503]) {
    it(`is not billed after ${code}`, async () => {
      const { run, agent } = await begin();
      bench().answer = () => fails(code);
      await assert.rejects(agent.turn());
      await bench().db.pool.query('DELETE FROM model_limits');
      assert.equal(await possiblyBilledCalls(run, agent), 0);
    });
  }

  it('is possibly billed after a timeout, whether or not it is repeated', async () => {
    const { run, agent } = await begin();
    bench().answer = () => ({ ...DONE, delay: 60_000 });
    assert.equal(await agent.turn({ timeoutMs: 200 }), 'again');
    const { usage } = await run.view();
    assert.equal(usage.possiblyBilled.calls, 1);
    assert.equal(
      usage.possiblyBilled.costUsd,
      await readPossiblyBilled(bench().db, run.id),
      'as on the page',
    );
    assert.equal(await possiblyBilledCalls(run, agent), 1);
  });

  for (const [why, details] of [
    ['its worker shuts down', new ActivityCancellationDetails({ workerShutdown: true })],
    ['it is cancelled', new ActivityCancellationDetails({ cancelRequested: true })],
  ] as const) {
    it(`is possibly billed because ${why}, also once any worker repeats it`, async () => {
      const { run, agent } = await begin();
      const environment = activityEnvironment();
      bench().answer = () => {
        environment.cancel('CANCELLED', details);
        return { ...DONE, delay: 60_000 };
      };
      await assert.rejects(environment.run(turn, bench().context, agent.turnInput()), /CANCELLED/i);
      assert.equal((await run.view()).usage.possiblyBilled.calls, 1);
      assert.equal(await possiblyBilledCalls(run, agent), 1, 'even though the first worker is alive');
    });
  }

  it('is not billed when no connection was made', async () => {
    const { run, agent } = await begin();
    const nowhere = { baseUrl: 'http://127.0.0.1:9', apiKey: 'a-key' };
    await bench().db.pool.query('UPDATE runs SET model_endpoint = $2 WHERE id = $1', [
      run.id,
      nowhere.baseUrl,
    ]);
    const context = { ...bench().context, endpointFor: () => Promise.resolve(nowhere) };
    await assert.rejects(run.on(context).model.turn(agent.turnInput()), /could not be reached/);
    await bench().db.pool.query('UPDATE runs SET model_endpoint = $2 WHERE id = $1', [
      run.id,
      bench().model.url,
    ]);
    assert.equal(await possiblyBilledCalls(run, agent), 0);
  });

  it('is not made by a paused or a cancelled run', async () => {
    const { run, agent } = await begin();
    bench().answer = () => assert.fail('not to be called');
    await bench().db.pool.query(`SELECT move_run($1, 'paused')`, [run.id]);
    assert.deepEqual(await run.model.turn(agent.turnInput()), { next: 'paused' });
    await bench().db.pool.query(`SELECT move_run($1, 'running')`, [run.id]);
    await bench().db.pool.query('UPDATE runs SET cancel_requested = true WHERE id = $1', [run.id]);
    await assert.rejects(run.model.turn(agent.turnInput()), /The run is cancelled/);
    assert.equal((await run.task('sum')).status, 'pending');
  });
});

describe('an answer that arrived', function () {
  this.timeout(60_000);
  const bench = useBench();
  const begin = async () => {
    const run = await bench().start(PLAN, FILES);
    return { run, input: new AgentSteps(run, 'sum').turnInput() };
  };

  for (const what of ['ended', 'replaced'] as const) {
    it(`is stored and billed once, although the database was ${what} meanwhile`, async () => {
      const { run, input } = await begin();
      let asked = 0;
      bench().answer = () => (++asked, DONE);
      const context = awayAt(bench().context, 'store_answer', 4, AWAY[what]);
      assert.equal((await run.on(context).model.turn(input)).next, 'test');
      assert.equal(asked, 1);
      assert.deepEqual((await run.view()).usage.possiblyBilled, { calls: 0, costUsd: 0 });
    });
  }

  it('is stored and billed once, whatever property names a tool’s input has', async () => {
    const { run, input } = await begin();
    let asked = 0;
    bench().answer = () => (
      ++asked,
      calls('ask_human', { question: 'Why?', 'nul \0': 1, '\ud800': { '\0': 2 } })
    );
    assert.deepEqual(await run.model.turn(input), {
      next: 'continue',
      counts: { invalidSubmissions: 0, turns: 1 },
    });
    assert.deepEqual(await run.model.turn(input), {
      next: 'continue',
      counts: { invalidSubmissions: 0, turns: 1 },
    });
    assert.equal(asked, 1);
    assert.deepEqual((await run.view()).usage.possiblyBilled, { calls: 0, costUsd: 0 });
  });

  it('asks its question once, even when a person answers before its worker has reported it', async () => {
    const { run, input } = await begin();
    bench().answer = () => calls('ask_human', { question: 'Which rounding?' });
    const { context, dead } = killedAt(await bench().anotherWorker(), 'raise_blocker', 'after');
    await Promise.race([run.on(context).model.turn(input), dead]);
    await run.model.turn(input);
    assert.equal((await run.events('blocker.raised')).length, 1);
    await answerBlocker(bench().db, blockerId(`${run.id}:sum:1`), 'ada', 'Up.');
    await run.model.turn(input);
    assert.equal((await run.events('blocker.raised')).length, 1);
  });

  it('follows the person’s answer when the first request was refused', async () => {
    const { run, input } = await begin();
    bench().answer = () => fails(400);
    assert.deepEqual(await run.model.turn(input), { next: 'blocked' });
    await answerBlocker(bench().db, blockerId(`${run.id}:sum:1`), 'ada', 'Write new.ts only');
    let prompt = '';
    bench().answer = (request) => {
      prompt = lastText(request);
      return DONE;
    };
    assert.equal((await run.model.turn(input)).next, 'test');
    assert.match(prompt, /^# Sum the cart\n\n[^]*\n\nA person answered: Write new\.ts only$/);
  });
});
