import assert from 'node:assert/strict';
import { z } from 'zod';
import type { RunStatus, TaskStatus } from '../../src/contract/run-status.js';
import { runStatusSchema, taskStatusSchema } from '../../src/contract/status-schemas.js';
import { runId } from '../../src/contract/ids.js';
import { INTERNAL, readRunStop } from '../../src/db/run-stop.js';
import { reportRun } from '../../src/db/task-status.js';
import { readRunGraph } from '../../src/db/run-graph-view.js';
import { StatusTimes } from '../../src/db/status-times.js';
import {
  BASE,
  begunForRun,
  driveTo,
  eventsOf,
  key,
  recordRun,
  statusOf,
  storeAttemptOf,
  storeTurnOf,
  useDatabase,
} from '../support/run-record.js';

const TASK_EDGES: Record<TaskStatus, readonly TaskStatus[]> = {
  pending: ['in_progress', 'skipped', 'cancelled'],
  in_progress: ['completed', 'failed', 'blocked', 'cancelled'],
  blocked: ['in_progress', 'completed', 'skipped', 'cancelled'],
  failed: ['pending'],
  skipped: ['pending'],
  completed: [],
  // With a cancelled run that is resumed.
  cancelled: ['pending', 'blocked'],
};

const OPEN: readonly RunStatus[] = ['running', 'paused', 'completed', 'failed', 'blocked', 'cancelled'];
const RUN_EDGES: Record<RunStatus, readonly RunStatus[]> = {
  running: OPEN,
  paused: OPEN,
  blocked: OPEN,
  failed: ['running'],
  completed: [],
  cancelled: [],
};

/** The data of the event of a start. */
const startSchema = z.object({ status: z.literal('in_progress') });

describe('statuses in the database', () => {
  const { db } = useDatabase();
  const refusal = { code: '23514', message: /cannot go from/ };
  const direct = (run: string, to: string) =>
    db().pool.query(
      `UPDATE tasks SET status = $2::task_status, error = 'because',
         completed_at = CASE WHEN $2::text = 'completed' THEN now() END WHERE run_id = $1`,
      [run, to],
    );

  let runs = 0;
  const newRun = async (): Promise<string> => {
    const id = `r${++runs}`;
    await recordRun(db(), id, [{ id: 'price' }]);
    return id;
  };

  it('keep the reason of a run that failed by a bug, also after a model has answered', async () => {
    const run = await newRun();
    await storeTurnOf(db(), key(run, 'price'));
    await reportRun(db(), await begunForRun(db(), run), 'failed', {
      code: INTERNAL,
      reason: 'Leadwright failed.',
    });
    assert.deepEqual(await readRunStop(db(), runId(run)), { code: INTERNAL, reason: 'Leadwright failed.' });
  });

  for (const from of taskStatusSchema.options) {
    for (const to of taskStatusSchema.options) {
      const legal = from === to || TASK_EDGES[from].includes(to);
      it(`a task ${legal ? 'may' : 'may not'} go from ${from} to ${to}`, async () => {
        const run = await newRun();
        const task = key(run, 'price');
        await driveTo(db(), task, from);
        const moved = () => db().pool.query(`SELECT move_task($1, 'price', $2, 'because')`, [run, to]);
        if (legal) {
          await moved();
          assert.equal(await statusOf(db(), task), to);
        } else {
          await assert.rejects(moved, refusal);
          await assert.rejects(direct(run, to), refusal);
          assert.equal(await statusOf(db(), task), from);
        }
      });
    }
  }

  for (const from of runStatusSchema.options) {
    for (const to of runStatusSchema.options) {
      const legal = from === to || RUN_EDGES[from].includes(to);
      it(`a run ${legal ? 'may' : 'may not'} go from ${from} to ${to}`, async () => {
        const run = await newRun();
        await driveTo(db(), key(run, 'price'), 'completed');
        const move = (status: RunStatus) => db().pool.query('SELECT move_run($1, $2)', [run, status]);
        await move(from);
        if (legal) await move(to);
        else {
          await assert.rejects(move(to), refusal);
          await assert.rejects(
            db().prisma.run.update({ where: { id: run }, data: { status: to } }),
            /cannot go from/,
          );
        }
        const row = await db().prisma.run.findUniqueOrThrow({ where: { id: run } });
        assert.equal(row.status, legal ? to : from);
      });
    }
  }

  it('a run that was marked completed before all its tasks had ended may run again', async () => {
    const run = await newRun();
    const move = (status: RunStatus) => db().pool.query('SELECT move_run($1, $2)', [run, status]);
    await move('completed');
    await assert.rejects(move('failed'), refusal);
    await move('running');
    await driveTo(db(), key(run, 'price'), 'completed');
    await move('completed');
    await assert.rejects(move('running'), refusal);
  });

  it('a task that ended without success says when, until it is retried', async () => {
    const ends = ['failed', 'cancelled', 'skipped'] as const;
    await recordRun(
      db(),
      'ended',
      ends.map((id) => ({ id })),
    );
    for (const status of ends) await driveTo(db(), key('ended', status), status);
    const shown = async () => {
      const graph = await readRunGraph(db(), runId('ended'), { dashboard: '', temporal: null });
      return graph?.tasks.map(({ id, completedAt }) => [id, completedAt]);
    };
    const events = await eventsOf(db(), 'ended');
    const ended = ends.map((id) => [
      id,
      events.findLast((event) => event.taskId === id)?.at ?? assert.fail(),
    ]);
    assert.deepEqual(await shown(), ended);
    await db().pool.query(`SELECT move_task('ended', 'failed', 'pending')`);
    assert.deepEqual(await shown(), [['failed', null], ...ended.slice(1)]);
  });

  it('a task that is retried has the time of its new start, and keeps it while it waits for a person', async () => {
    const task = key('again', 'price');
    await recordRun(db(), 'again', [{ id: 'price' }, { id: 'other' }]);
    await driveTo(db(), key('again', 'other'), 'in_progress');
    const statusTimes = new StatusTimes();
    const startOf = async (id: string, times: StatusTimes) => {
      const graph = await readRunGraph(db(), runId('again'), { dashboard: '', temporal: null }, times);
      return graph?.tasks.find((shown) => shown.id === id)?.startedAt;
    };
    /** Also for who has not read before. */
    const start = async () => {
      const [known, fresh] = [await startOf('price', statusTimes), await startOf('price', new StatusTimes())];
      assert.equal(known, fresh);
      return known;
    };
    const starts = async () =>
      (await eventsOf(db(), 'again'))
        .filter(({ taskId, data }) => taskId === 'price' && startSchema.safeParse(data).success)
        .map(({ at }) => at);
    const move = (to: string) => db().pool.query(`SELECT move_task('again', 'price', $1, 'because')`, [to]);
    await driveTo(db(), task, 'failed');
    const { startedAt } = await db().prisma.task.findFirstOrThrow({ where: { runId: 'again', id: 'price' } });
    assert.equal(await start(), startedAt?.toISOString());
    await move('pending');
    assert.equal(await start(), null);
    await move('in_progress');
    assert.equal(await start(), (await starts())[1]);
    await move('blocked');
    await move('in_progress');
    assert.equal((await starts()).length, 3);
    assert.equal(await start(), (await starts())[1]);
    await move('failed');
    for (const to of ['pending', 'in_progress', 'completed']) await move(to);
    assert.equal(await start(), (await starts())[3]);
    assert.ok(typeof (await startOf('other', statusTimes)) === 'string');
  });

  it('a task that ended without success has its time read from each event once', async () => {
    const tasks = ['first', 'second', 'third'];
    await recordRun(
      db(),
      'once',
      tasks.map((id) => ({ id })),
    );
    const statusTimes = new StatusTimes();
    const shown = async (times = statusTimes) => {
      const graph = await readRunGraph(db(), runId('once'), { dashboard: '', temporal: null }, times);
      return graph?.tasks.map(({ completedAt }) => completedAt !== null);
    };
    await driveTo(db(), key('once', 'first'), 'failed');
    assert.deepEqual(await shown(), [true, false, false]);
    await db().pool.query(`DELETE FROM events WHERE run_id = 'once'`);
    await driveTo(db(), key('once', 'second'), 'skipped');
    assert.deepEqual(await shown(), [true, true, false], 'the first one is known');
    assert.deepEqual(await shown(new StatusTimes()), [false, true, false]);
    await db().pool.query(`UPDATE runs SET last_seq = 1 WHERE id = 'once'`);
    assert.deepEqual(await shown(), [false, true, false], 'after a restore nothing is known');
    await db().pool.query(`DELETE FROM events WHERE run_id = 'once'`);
    await db().pool.query(`UPDATE runs SET created_at = created_at + interval '1 day' WHERE id = 'once'`);
    assert.deepEqual(await shown(), [false, false, false], 'nor of another run with the same id');
  });

  it('a task starts as pending', async () => {
    const run = await newRun();
    await assert.rejects(
      db().pool.query(
        `INSERT INTO tasks (run_id, id, project_id, number, title, description, assigned_to, status, test_command,
           generate_timeout_ms, test_timeout_ms)
         SELECT id, 'late', project_id, 2, 'Late', '', 'backend', 'completed', 'true', 1, 1 FROM runs WHERE id = $1`,
        [run],
      ),
      /starts as pending, not completed/,
    );
  });

  const forbidden: readonly (readonly [string, string, RegExp])[] = [
    ['a run whose id is no id', `UPDATE runs SET id = 'Über' WHERE id = $1`, /runs_id_shape/],
    ['a run at no commit', `UPDATE runs SET tip = 'main' WHERE id = $1`, /runs_tip_is_a_commit/],
    ['a run from no commit', `UPDATE runs SET base = '' WHERE id = $1`, /runs_base_is_a_commit/],
    ['no task at once', `UPDATE runs SET concurrency = 0 WHERE id = $1`, /runs_concurrency_positive/],
    ['corrections below none', `UPDATE runs SET max_corrections = -1 WHERE id = $1`, /runs_max_corrections/],
    ['a task on itself', `UPDATE tasks SET depends_on = '{price}' WHERE run_id = $1`, /tasks_not_on_itself/],
    ['a priority of 5', `UPDATE tasks SET priority = 5 WHERE run_id = $1`, /tasks_priority_range/],
    ['an unknown step', `UPDATE tasks SET workflow_step = 'rest' WHERE run_id = $1`, /tasks_step/],
    [
      'more corrections than attempts',
      `UPDATE tasks SET correction_count = 1 WHERE run_id = $1`,
      /tasks_counts/,
    ],
    ['a task landed nowhere', `UPDATE tasks SET commit = 'x' WHERE run_id = $1`, /tasks_commit_is_a_commit/],
    [
      'a failure without a reason',
      `UPDATE tasks SET status = 'skipped' WHERE run_id = $1`,
      /tasks_failure_says_why/,
    ],
    [
      'a completion of a task that is not completed',
      `UPDATE tasks SET completed_at = now() WHERE run_id = $1`,
      /tasks_completed_says_when/,
    ],
    [
      'an event before the first',
      `INSERT INTO events VALUES ($1, 0, NULL, 'x', now(), '{}')`,
      /seq_positive/,
    ],
    [
      'an event of no run',
      `INSERT INTO events SELECT $1 || 'x', 1, NULL, 'x', now(), '{}'`,
      /events_run_id_fkey/,
    ],
    [
      'half an answer',
      `INSERT INTO blockers (id, run_id, reason, question, resolved_at) VALUES ('x', $1, 'r', 'q', now())`,
      /blockers_resolved_complete/,
    ],
  ];
  for (const [what, sql, constraint] of forbidden) {
    it(`the database refuses ${what}`, async () => {
      const run = await newRun();
      await assert.rejects(db().pool.query(sql, [run]), (error) => {
        assert.match(String(error), constraint);
        return true;
      });
    });
  }

  it('an attempt lands only when its tests passed, and has a complete verdict or none', async () => {
    const run = await newRun();
    await storeAttemptOf(db(), key(run, 'price'));
    const change = (what: string) => db().pool.query(`UPDATE attempts SET ${what} WHERE run_id = $1`, [run]);
    await assert.rejects(change(`landing = 'landed', passed = false`), /attempts_/);
    await assert.rejects(change('passed = true'), /attempts_verdict_complete/);
    await assert.rejects(change(`landing = 'elsewhere'`), /attempts_landing/);
    await assert.rejects(change(`kind = 'last'`), /attempts_kind/);
  });

  it('two tasks of a run share neither id nor number', async () => {
    const run = await newRun();
    const add = (id: string, number: number) =>
      db().pool.query(
        `INSERT INTO tasks (run_id, id, project_id, number, title, description, assigned_to, test_command,
           generate_timeout_ms, test_timeout_ms)
         SELECT id, $2, project_id, $3, 'Late', '', 'backend', 'true', 1, 1 FROM runs WHERE id = $1`,
        [run, id, number],
      );
    await assert.rejects(add('price', 2), /tasks_pkey/);
    await assert.rejects(add('late', 1), /tasks_run_id_number_key/);
    await add('late', 2);
  });

  it('a run keeps the base that it started from', async () => {
    const run = await newRun();
    const row = await db().prisma.run.findUniqueOrThrow({ where: { id: run } });
    assert.deepEqual([row.base, row.tip], [BASE, BASE]);
  });
});
