import assert from 'node:assert/strict';
import { activitiesOf } from '../../src/activities/index.js';
import type { ActivityContext } from '../../src/activities/support/activity-context.js';
import { listOpenBlockers, recordAnswer } from '../../src/db/blockers.js';
import { StaleFence } from '../../src/db/fencing.js';
import { cancelRun } from '../../src/db/task-status.js';
import { blockerId, taskId } from '../../src/contract/ids.js';
import { deferred } from '../../src/shared/async/deferred.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, submits, writes } from '../support/answers.js';
import { activityEnvironment, useBench, type TestRun } from '../support/activity-bench.js';
import { textOf } from '../support/faults.js';

const TASKS = [{ id: 'a', title: 'Do it' }];
const FILES = { 'a.txt': 'a\n' };

/** Stops a late attempt before its first write until the test releases it. */
class Stall {
  private readonly reached = deferred<void>();
  private readonly released = deferred<void>();

  /** The same context, in which matching statements wait, from the `from`-th match on. */
  at(context: ActivityContext, statement: RegExp, from = 1): ActivityContext {
    let matching = 0;
    const pool = new Proxy(context.db.pool, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== 'query' || typeof value !== 'function') return value;
        return async (...given: unknown[]): Promise<unknown> => {
          if (statement.test(textOf(given)) && ++matching >= from) {
            this.reached.resolve();
            await this.released.promise;
          }
          return Reflect.apply(value, target, given);
        };
      },
    });
    return { ...context, db: { ...context.db, pool } };
  }

  /** Releases the stalled attempt once `meanwhile` is done. Returns 'done' or its error. */
  async while(late: Promise<unknown>, meanwhile: () => Promise<unknown>): Promise<unknown> {
    const outcome = late.then(
      () => 'done',
      (error: unknown) => error,
    );
    await this.reached.promise;
    await meanwhile();
    this.released.resolve();
    return outcome;
  }
}

/** A late attempt changes nothing: no row, no event, no branch. */
describe('a late attempt', () => {
  const bench = useBench();

  const begin = async (test = 'true', more: object = {}) => {
    const run = await bench().start({ test, tasks: TASKS, ...more }, FILES);
    return { run, agent: new AgentSteps(run, 'a') };
  };
  const submitted = async (test?: string) => {
    const { run, agent } = await begin(test);
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.turn();
    return { run, agent };
  };
  /** A submission that waits for its test. */
  const applied = async (test?: string) => {
    const { run, agent } = await submitted(test);
    const outcome = await agent.repeat();
    assert.ok(outcome.next === 'test');
    return { run, agent, commit: outcome.commit };
  };
  /** All rows of the run, and its branch. */
  const everything = async (run: TestRun) => {
    const rows: Record<string, unknown> = {};
    for (const table of ['tasks', 'attempts', 'model_turns', 'correction_attempts', 'blockers', 'events']) {
      const { rows: found } = await bench().db.pool.query<{ row: unknown }>(
        `SELECT to_jsonb(${table}) AS row FROM ${table} WHERE run_id = $1 ORDER BY 1`,
        [run.id],
      );
      rows[table] = found.map(({ row }) => row);
    }
    const { rows: runs } = await bench().db.pool.query(
      'SELECT to_jsonb(runs) AS row FROM runs WHERE id = $1',
      [run.id],
    );
    return { rows, runs, branch: run.branch() };
  };
  const at = (context: ActivityContext) => ({
    ...activitiesOf('workflow', context),
    ...activitiesOf('model', context),
    ...activitiesOf('sandbox', context),
  });
  const changesNothing = async (
    run: TestRun,
    statement: RegExp,
    late: (worker: ReturnType<typeof at>) => Promise<unknown>,
    meanwhile: () => Promise<unknown>,
  ) => {
    const stall = new Stall();
    const slow = at(stall.at(bench().context, statement));
    const attempt = activityEnvironment().run(() => late(slow));
    let before: unknown;
    const outcome = await stall.while(attempt, async () => {
      await meanwhile();
      before = await everything(run);
    });
    assert.ok(outcome instanceof StaleFence, String(outcome));
    assert.deepEqual(await everything(run), before);
  };

  it('of a turn that applies its submission changes nothing', async () => {
    const { run, agent } = await begin();
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    const input = agent.turnInput();
    await changesNothing(
      run,
      /INSERT INTO attempts/,
      (worker) => worker.turn(input),
      // It finds the stored answer.
      () => agent.turn(),
    );
  });

  it('of a turn whose submission is refused changes nothing', async () => {
    const { run, agent } = await begin();
    bench().answer = () => submits({ path: '../x', action: 'create', content: '' });
    const input = agent.turnInput({ counts: { invalidSubmissions: 2, turns: 0 } });
    await changesNothing(
      run,
      /raise_blocker/,
      (worker) => worker.turn(input),
      async () => {
        await agent.turn();
        await agent.turn();
      },
    );
  });

  it('of a test changes nothing', async () => {
    const { run, agent, commit } = await applied('false');
    const input = agent.testInput(commit);
    await changesNothing(
      run,
      /record_verdict/,
      (worker) => worker.test(input),
      () => agent.test(commit),
    );
  });

  it('of a test whose task blocks changes nothing', async () => {
    const { run, agent, commit } = await applied('false');
    const input = agent.testInput(commit, 0);
    await changesNothing(
      run,
      /raise_blocker/,
      (worker) => worker.test(input),
      () => run.record.failTask({ runId: run.id, taskId: taskId('a'), reason: 'It was ended in Temporal.' }),
    );
  });

  it('of a test changes nothing after the run was cancelled', async () => {
    const { run, agent, commit } = await applied();
    const input = agent.testInput(commit);
    await changesNothing(
      run,
      /record_verdict/,
      (worker) => worker.test(input),
      () => cancelRun(bench().db, run.id),
    );
  });

  it('of failing a task changes nothing', async () => {
    const { run, agent } = await submitted();
    const failing = { runId: run.id, taskId: taskId('a'), reason: 'x' };
    await changesNothing(
      run,
      /fail_task/,
      (worker) => worker.failTask(failing),
      () => agent.repeat(),
    );
  });

  it('of reporting a status changes nothing', async () => {
    const { run } = await begin();
    await changesNothing(
      run,
      /move_run/,
      (worker) => worker.reportRun({ runId: run.id, status: 'blocked' }),
      () => run.record.reportRun({ runId: run.id, status: 'paused' }),
    );
  });

  it('of checking the base changes nothing', async () => {
    const { run } = await begin('false');
    await changesNothing(
      run,
      /move_run/,
      (worker) => worker.checkBase({ runId: run.id }),
      async () => {
        await bench().db.pool.query('UPDATE runs SET allow_red_base = true WHERE id = $1', [run.id]);
        assert.equal(await run.sandbox.checkBase({ runId: run.id }), true);
      },
    );
  });

  it('of verify changes nothing', async () => {
    const { run, agent } = await begin('true', { verify: 'false' });
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.untilReady();
    await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
    await changesNothing(
      run,
      /raise_blocker/,
      (worker) => worker.verify({ runId: run.id }),
      () => run.record.reportRun({ runId: run.id, status: 'completed' }),
    );
  });

  it('of a test stores no verdict when its worker was declared dead while the command ran', async () => {
    const { run, agent, commit } = await applied();
    const input = agent.testInput(commit);
    const stall = new Stall();
    const other = await bench().anotherWorker();
    const worker = { ...other.worker };
    const slow = at(stall.at({ ...other, worker }, /INTO test_results/));
    const outcome = await stall.while(
      activityEnvironment().run(() => slow.test(input)),
      async () => {
        await bench().declareDead(other);
        // It has woken, and goes on under a new name.
        Object.assign(worker, (await bench().anotherWorker()).worker);
      },
    );
    assert.ok(outcome instanceof StaleFence, String(outcome));
    const verdicts = () => bench().db.pool.query('SELECT FROM test_results WHERE run_id = $1', [run.id]);
    assert.equal((await verdicts()).rowCount, 0);
    await agent.test(commit);
    assert.equal((await verdicts()).rowCount, 1);
  });

  it('of verify does not overwrite what a newer one has found', async () => {
    const { run, agent } = await begin('true', { verify: 'false' });
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.untilReady();
    await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
    await changesNothing(
      run,
      /SET verified/,
      (worker) => worker.verify({ runId: run.id }),
      () => run.record.reportRun({ runId: run.id, status: 'blocked' }),
    );
    assert.equal((await run.view()).verify, null);
  });

  it('of landing changes nothing when its worker is presumed dead', async () => {
    const { run, agent, commit } = await applied();
    await agent.test(commit);
    const stall = new Stall();
    const other = await bench().anotherWorker();
    const slow = activitiesOf('workflow', stall.at(other, /land_tasks/));
    const late = activityEnvironment().run(() =>
      slow.land({ runId: run.id, candidates: [agent.candidate()] }),
    );
    let before: unknown;
    const outcome = await stall.while(late, async () => {
      await bench().db.pool.query('UPDATE workers SET dead = true WHERE id = $1', [other.worker.id]);
      before = await everything(run);
    });
    assert.ok(outcome instanceof StaleFence, String(outcome));
    assert.deepEqual(await everything(run), before);
  });

  it('of landing asks nothing about the branch when its worker was declared dead', async () => {
    const { run, agent, commit } = await applied();
    await agent.test(commit);
    run.repository.git('switch', '--quiet', `leadwright/${run.id}`);
    const stall = new Stall();
    const other = await bench().anotherWorker();
    const slow = activitiesOf('workflow', stall.at(other, /raise_blocker/));
    const outcome = await stall.while(
      activityEnvironment().run(() => slow.land({ runId: run.id, candidates: [agent.candidate()] })),
      () => bench().declareDead(other),
    );
    assert.ok(outcome instanceof StaleFence, String(outcome));
    assert.deepEqual(await listOpenBlockers(bench().db, run.id), []);
  });

  it('of landing settles no question about the branch when its worker was declared dead', async () => {
    const { run, agent, commit } = await applied();
    await agent.test(commit);
    const before = run.repository.git('branch', '--show-current').trim();
    run.repository.git('switch', '--quiet', `leadwright/${run.id}`);
    const input = { runId: run.id, candidates: [agent.candidate()] };
    await run.record.land(input);
    run.repository.git('switch', '--quiet', before);
    const stall = new Stall();
    const other = await bench().anotherWorker();
    const slow = activitiesOf('workflow', stall.at(other, /resolve_blocker/));
    const outcome = await stall.while(
      activityEnvironment().run(() => slow.land(input)),
      () => bench().declareDead(other),
    );
    assert.ok(outcome instanceof StaleFence, String(outcome));
    assert.equal((await listOpenBlockers(bench().db, run.id))[0]?.reason, 'branch');
  });

  it('of landing sends nothing back that a person has accepted since', async () => {
    const run = await bench().start(
      { test: 'true', tasks: ['one', 'two'].map((id) => ({ id, title: id })) },
      FILES,
    );
    const [one, two] = [new AgentSteps(run, 'one'), new AgentSteps(run, 'two')];
    bench().answer = () => writes({ 'n.txt': 'one\n' });
    await one.untilReady();
    bench().answer = () => writes({ 'n.txt': 'two\n' });
    await two.untilReady();
    await run.record.land({ runId: run.id, candidates: [one.candidate()] });
    const input = { runId: run.id, candidates: [two.candidate()] };
    const stall = new Stall();
    const slow = activitiesOf('workflow', stall.at(bench().context, /land_tasks/));
    let before: unknown;
    const outcome = await stall.while(
      activityEnvironment().run(() => slow.land(input)),
      async () => {
        two.rebase(await run.record.land(input));
        bench().answer = () => calls('ask_human', { question: 'Which?' });
        await two.turn();
        const accepted = { by: 'ada', choice: { kind: 'accept' }, text: '', addUsd: 0 } as const;
        assert.ok(await recordAnswer(bench().db, blockerId(`${run.id}:two:1`), accepted));
        before = await everything(run);
      },
    );
    assert.match(String(outcome), /Retrying/);
    assert.deepEqual(await everything(run), before);
  });

  it('of landing that records meanwhile leaves no tip that is older than what has landed', async () => {
    const { run, agent, commit } = await applied();
    await agent.test(commit);
    const input = { runId: run.id, candidates: [agent.candidate()] };
    const stall = new Stall();
    const slow = activitiesOf('workflow', stall.at(bench().context, /FROM jsonb_to_recordset/));
    let first: unknown;
    let second: unknown;
    await stall.while(
      activityEnvironment().run(async () => {
        second = await slow.land(input);
      }),
      async () => {
        first = await run.record.land(input);
      },
    );
    assert.deepEqual(second, first);
  });

  it('of landing that records while the graph is read leaves no tip that is older than its tasks', async () => {
    const { run, agent, commit } = await applied();
    await agent.test(commit);
    const stall = new Stall();
    const slow = activitiesOf('workflow', stall.at(bench().context, /can_parallelize AS/));
    let page: unknown;
    await stall.while(
      activityEnvironment().run(async () => {
        page = await slow.loadGraph({ runId: run.id, after: 0 });
      }),
      () => run.record.land({ runId: run.id, candidates: [agent.candidate()] }),
    );
    assert.ok(typeof page === 'object' && page !== null && 'tip' in page);
    assert.equal(page.tip, run.branch());
  });

  it('of publishing finds that the branch has moved on, and raises no blocker', async () => {
    const run = await bench().start(
      { test: 'true', tasks: ['one', 'two'].map((id) => ({ id, title: id })) },
      FILES,
    );
    const ready = async (id: string) => {
      const agent = new AgentSteps(run, id);
      bench().answer = () => writes({ [`${id}.txt`]: 'n\n' });
      await agent.untilReady();
      return agent.candidate();
    };
    const [one, two] = [await ready('one'), await ready('two')];
    const stall = new Stall();
    const slow = activitiesOf('workflow', stall.at(bench().context, /AS run FROM runs WHERE id = \$1$/, 2));
    const late = activityEnvironment().run(() => slow.land({ runId: run.id, candidates: [one] }));
    const outcome = await stall.while(late, async () => {
      await run.record.land({ runId: run.id, candidates: [one] });
      await run.record.land({ runId: run.id, candidates: [two] });
    });
    assert.equal(outcome, 'done');
    assert.equal(run.branch(), (await run.view()).commit);
    assert.deepEqual(await run.events('blocker.raised'), []);
    assert.equal((await run.events('merge.finished')).length, 2);
  });
});
