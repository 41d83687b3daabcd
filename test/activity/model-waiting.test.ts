import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/activity';
import type { LeadwrightEvent } from '../../src/contract/events.js';
import { taskId } from '../../src/contract/ids.js';
import { listOpenBlockers } from '../../src/db/blockers.js';
import { readRunGraph } from '../../src/db/run-graph-view.js';
import { beginTurn } from '../../src/db/turns.js';
import { recordWait, type NewWait } from '../../src/db/waits.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { AgentSteps } from '../support/agent-steps.js';
import { fails, writes } from '../support/answers.js';
import { useBench, type TestRun } from '../support/activity-bench.js';
import { begun } from '../support/run-record.js';

const GOOD = writes({ 'new.ts': 'x\n' });
const STALLS: Answer = { text: 'Let me think.', break: { by: 'stall', after: 1 } };
const BREAKS: Answer = { text: 'Let me think.', break: { by: 'reset', after: 1 } };

describe('the events of a wait for the model', () => {
  const bench = useBench();

  /** A run with tasks of these ids, none of which has a model limit left from another test. */
  const begin = async (...ids: readonly string[]) => {
    await bench().db.pool.query('DELETE FROM model_limits');
    const tasks = ids.map((id) => ({ id, title: `Do ${id}` }));
    const run = await bench().start({ test: 'true', tasks }, { 'a.txt': 'a\n' });
    return { run, agents: ids.map((id) => new AgentSteps(run, id)) };
  };
  /** One turn whose call gets no answer. */
  const wait = async (agent: AgentSteps | undefined, answer: Answer) => {
    bench().answer = () => answer;
    assert.ok(agent);
    await assert.rejects(agent.turn(), ApplicationFailure);
    await bench().db.pool.query('DELETE FROM model_limits');
  };
  const answered = async (agent: AgentSteps | undefined) => {
    bench().answer = () => GOOD;
    assert.equal(await agent?.turn(), 'test');
  };
  /** The events of waiting and answering, as `task reason tries` and `task answers`, without gaps in between. */
  const waits = async (run: TestRun) => {
    const log = await run.log();
    assert.deepEqual(
      log.map(({ seq }) => seq),
      log.map((_, index) => index + 1),
    );
    return log.flatMap(told);
  };

  it('tells that an overloaded model is called again, and that it answers', async () => {
    const { run, agents } = await begin('sum');
    await wait(agents[0], fails(529, 30));
    const [event] = await run.events('model.waiting');
    assert.ok(event);
    const { until, ...rest } = event.data;
    assert.deepEqual(rest, { attempt: 1, turn: 1, reason: 'overloaded', tries: 1 });
    const later = Date.parse(until) - Date.parse(event.at);
    assert.ok(later > 29_000 && later <= 30_000, `${later} ms`);
    const { waiting } = await run.view();
    assert.deepEqual(
      [waiting?.taskId, waiting?.reason, waiting?.tries, waiting?.until],
      ['sum', 'overloaded', 1, until],
    );

    await answered(agents[0]);
    assert.deepEqual(await waits(run), ['sum overloaded 1', 'sum answers']);
    assert.deepEqual((await run.story('sum')).slice(-3), [
      'model.answering',
      'model.call',
      'changes.applied',
    ]);
    assert.equal((await run.view()).waiting, null);
  });

  it('tells of a new reason and of twice the tries only; a single task waits for the run', async () => {
    const { run, agents } = await begin('sum');
    const reasons = [fails(500), fails(529), BREAKS];
    for (let tries = 0; tries < 18; tries++) await wait(agents[0], reasons[tries % 2] ?? BREAKS);
    await wait(agents[0], BREAKS);
    const { waiting } = await run.view();
    assert.deepEqual([waiting?.taskId, waiting?.reason, waiting?.tries], [null, 'broken', 19]);
    await answered(agents[0]);
    assert.deepEqual(await waits(run), [
      'sum busy 1',
      'run overloaded 2',
      'run busy 3',
      'run overloaded 6',
      'run overloaded 12',
      'run broken 19',
      'sum answers',
      'run answers',
    ]);
  });

  it('tells once for hundreds of tasks that wait for one dead model', async () => {
    const ids = Array.from({ length: 400 }, (_, index) => `t${index}`);
    const { run } = await begin(...ids);
    const unreachable: NewWait = {
      model: 'm',
      attempt: 1,
      turn: 1,
      reason: 'unreachable',
      tried: true,
      delayMs: 60_000,
    };
    await allWait(run, ids, unreachable);
    assert.deepEqual(
      (await waits(run)).map((text) => text.replace(/^t\d+/, 'task')),
      ['task unreachable 1', 'run unreachable 1'],
    );
    const graph = await readRunGraph(bench().db, run.id, { dashboard: '', temporal: null });
    assert.equal(graph?.waiting?.reason, 'unreachable');
    assert.equal(
      graph.tasks.filter((task) => task.waiting !== null).length,
      ids.length,
      'each row says it too',
    );

    // The second round: the tries of a call, not those of hundreds.
    await allWait(run, ids, unreachable);
    assert.equal((await waits(run)).at(-1), 'run unreachable 2');
    assert.equal((await waits(run)).length, 3);
  }).timeout(120_000);

  it('ends the wait of the run with the first answer, to any of its tasks', async () => {
    const { run, agents } = await begin('a', 'b', 'c', 'd');
    for (const agent of agents.slice(0, 3)) await wait(agent, fails(500));
    await answered(agents[3]);
    assert.equal((await run.view()).waiting?.taskId, 'a', 'its own call is still to be made');
    await answered(agents[2]);
    await answered(agents[0]);
    assert.deepEqual(await waits(run), ['a busy 1', 'run busy 1', 'run answers', 'a answers']);
    assert.equal((await run.view()).waiting, null);
    // Afterwards a failure is news again.
    await wait(agents[1], fails(500));
    assert.deepEqual((await waits(run)).at(-1), 'b busy 1');
  });

  for (const [code, reason] of [
    [429, 'rate_limited'],
    [529, 'overloaded'],
  ] as const) {
    it(`tells of a call that the rate limit puts off after ${code}`, async () => {
      const { run, agents } = await begin('a', 'b');
      bench().answer = () => fails(code, 60);
      for (const agent of agents) await assert.rejects(agent.turn(), ApplicationFailure);
      await assert.rejects(agents[1]?.turn() ?? assert.fail(), ApplicationFailure);
      assert.deepEqual(await waits(run), [`a ${reason} 1`, `run ${reason} 0`]);
      const [, event] = await run.events('model.waiting');
      assert.ok(event && event.data.until > event.at);
    });
  }

  it('ends without an answer when the task waits for a person or ends', async () => {
    const { run, agents } = await begin('a', 'b');
    await wait(agents[0], fails(500));
    await wait(agents[1], fails(500));
    bench().answer = () => fails(400);
    assert.equal(await agents[0]?.turn(), 'blocked');
    assert.equal((await listOpenBlockers(bench().db, run.id)).length, 1);
    assert.equal((await run.view()).waiting?.taskId, null, 'the other task still waits');
    bench().answer = () => STALLS;
    assert.equal(await agents[1]?.turn({ timeoutMs: 300, timedOut: true }), 'failed');
    assert.equal((await run.view()).waiting, null);
    assert.equal(
      (await bench().db.pool.query('SELECT FROM model_waits WHERE run_id = $1', [run.id])).rowCount,
      0,
    );
    assert.deepEqual(await waits(run), ['a busy 1', 'run busy 1']);
  });

  it('ends while the run is paused, and is told anew afterwards', async () => {
    const { run, agents } = await begin('sum');
    const [agent] = agents;
    assert.ok(agent);
    await wait(agent, fails(500));
    await bench().db.pool.query("SELECT move_run($1, 'paused')", [run.id]);
    assert.equal((await run.view()).waiting, null);
    assert.equal(await agent.turn(), 'paused');
    agent.turns--;
    await bench().db.pool.query("SELECT move_run($1, 'running')", [run.id]);
    await wait(agent, fails(500));
    await answered(agent);
    assert.deepEqual(await waits(run), ['sum busy 1', 'sum busy 1', 'sum answers']);
  });

  it('tells that a call which took too long is made again', async () => {
    const { run, agents } = await begin('sum');
    bench().answer = () => STALLS;
    assert.equal(await agents[0]?.turn({ timeoutMs: 300 }), 'again');
    await answered(agents[0]);
    assert.deepEqual(await waits(run), ['sum timeout 1', 'sum answers']);
  });

  it('tells of a model that cannot be reached, until a person is asked', async () => {
    const { run, agents } = await begin('sum');
    // From here on nothing listens at the model's address.
    await bench().model.close();
    for (let tries = 0; tries < 4; tries++) await wait(agents[0], GOOD);
    assert.equal((await run.view()).waiting?.taskId, null);
    assert.equal(await agents[0]?.turn(), 'waiting_on_run');
    assert.equal((await run.view()).waiting, null);
    assert.deepEqual(await waits(run), ['sum unreachable 1', 'run unreachable 2', 'run unreachable 4']);
  });

  async function allWait(run: TestRun, ids: readonly string[], wait: NewWait): Promise<void> {
    await Promise.all(
      ids.map(async (id) => {
        const fence = await begun(bench().db, { runId: run.id, taskId: taskId(id) });
        assert.equal((await beginTurn(bench().db, fence, 1)).outcome, 'begun');
        await recordWait(bench().db, fence, wait);
      }),
    );
  }
});

function told({ type, taskId, data }: LeadwrightEvent): string[] {
  if (type === 'model.answering') return [`${taskId ?? 'run'} answers`];
  return type === 'model.waiting' ? [`${taskId ?? 'run'} ${data.reason} ${data.tries}`] : [];
}
