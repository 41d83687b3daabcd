import assert from 'node:assert/strict';
import { activitiesOf } from '../../src/activities/index.js';
import { FRESH_COUNTS } from '../../src/contract/payloads.js';
import type { ActivityContext } from '../../src/activities/activity-context.js';
import { StaleFence } from '../../src/db/fencing.js';
import { cancelRun } from '../../src/db/task-status.js';
import { taskId } from '../../src/contract/ids.js';
import { deferred } from '../../src/shared/deferred.js';
import { AgentSteps } from '../support/agent-steps.js';
import { submits, writes } from '../support/answers.js';
import { activityEnvironment, useBench, type TestRun } from '../support/workplace.js';

const TASKS = [{ id: 'a', title: 'Do it' }];
const FILES = { 'a.txt': 'a\n' };

/** A late attempt stands still before its first write, until the test lets it go on. */
class Stall {
  private readonly reached = deferred<void>();
  private readonly released = deferred<void>();

  /** The same workplace, where the statements that match wait, from the given one on. */
  at(place: ActivityContext, statement: RegExp, from = 1): ActivityContext {
    let matching = 0;
    const pool = new Proxy(place.db.pool, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== 'query' || typeof value !== 'function') return value;
        return async (text: string, values: unknown[]): Promise<unknown> => {
          if (statement.test(text) && ++matching >= from) {
            this.reached.resolve();
            await this.released.promise;
          }
          return Reflect.apply(value, target, [text, values]);
        };
      },
    });
    return { ...place, db: { ...place.db, pool } };
  }

  /** Lets what stands still go on once `meanwhile` is done, and gives what became of it. */
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

/** An attempt that wakes up late changes nothing: no row, no event, no branch. */
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
    const outcome = await agent.apply();
    assert.ok(outcome.next === 'test');
    return { run, agent, commit: outcome.commit };
  };
  /** All that the record says of the run, and its branch. */
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
  const at = (place: ActivityContext) => ({
    ...activitiesOf('workflow', place),
    ...activitiesOf('sandbox', place),
  });
  const changesNothing = async (
    run: TestRun,
    statement: RegExp,
    late: (worker: ReturnType<typeof at>) => Promise<unknown>,
    meanwhile: () => Promise<unknown>,
  ) => {
    const stall = new Stall();
    const slow = at(stall.at(bench().place, statement));
    const attempt = activityEnvironment().run(() => late(slow));
    let before: unknown;
    const outcome = await stall.while(attempt, async () => {
      await meanwhile();
      before = await everything(run);
    });
    assert.ok(outcome instanceof StaleFence, String(outcome));
    assert.deepEqual(await everything(run), before);
  };

  it('of apply', async () => {
    const { run, agent } = await submitted();
    const { start, base, kind, counts } = agent;
    const input = { runId: run.id, taskId: taskId('a'), turn: 1, attempt: 1, start, base, kind, counts };
    await changesNothing(
      run,
      /INSERT INTO attempts/,
      (worker) => worker.apply(input),
      () => agent.apply(),
    );
  });

  it('of apply whose submission is refused', async () => {
    const { run, agent } = await begin();
    bench().answer = () => submits({ path: '../x', action: 'create', content: '' });
    await agent.turn();
    const { start, base, kind } = agent;
    const counts = { invalidSubmissions: 2, reads: 0 };
    const input = { runId: run.id, taskId: taskId('a'), turn: 1, attempt: 1, start, base, kind, counts };
    await changesNothing(
      run,
      /raise_blocker/,
      (worker) => worker.apply(input),
      async () => {
        await agent.apply();
        agent.counts = FRESH_COUNTS;
        await agent.turn();
      },
    );
  });

  it('of a test', async () => {
    const { run, agent, commit } = await applied('false');
    const input = agent.testInput(commit);
    await changesNothing(
      run,
      /record_verdict/,
      (worker) => worker.test(input),
      () => agent.test(commit),
    );
  });

  it('of a test whose task blocks', async () => {
    const { run, agent, commit } = await applied('false');
    const input = agent.testInput(commit, 0);
    await changesNothing(
      run,
      /raise_blocker/,
      (worker) => worker.test(input),
      () => run.record.failTask({ runId: run.id, taskId: taskId('a'), reason: 'It was ended in Temporal.' }),
    );
  });

  it('of a test, when the run was cancelled meanwhile', async () => {
    const { run, agent, commit } = await applied();
    const input = agent.testInput(commit);
    await changesNothing(
      run,
      /record_verdict/,
      (worker) => worker.test(input),
      () => cancelRun(bench().db, run.id),
    );
  });

  it('of a failure', async () => {
    const { run, agent } = await submitted();
    const failing = { runId: run.id, taskId: taskId('a'), reason: 'x' };
    await changesNothing(
      run,
      /fail_task/,
      (worker) => worker.failTask(failing),
      () => agent.apply(),
    );
  });

  it('of a report', async () => {
    const { run } = await begin();
    await changesNothing(
      run,
      /move_run/,
      (worker) => worker.reportRun({ runId: run.id, status: 'blocked' }),
      () => run.record.reportRun({ runId: run.id, status: 'paused' }),
    );
  });

  it('of the check of the base', async () => {
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

  it('of verify', async () => {
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

  it('of landing, by a worker that was taken for dead', async () => {
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

  it('to publish finds the branch further on, and asks nobody', async () => {
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
    const slow = activitiesOf('workflow', stall.at(bench().place, /AS run FROM runs WHERE id = \$1$/, 2));
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
