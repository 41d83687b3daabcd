import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { notifyEnd } from '../../src/activities/notify-end.js';
import { notify } from '../../src/activities/notify.js';
import { blockerViewSchema } from '../../src/contract/run-view.js';
import { answerBlocker, listOpenBlockers } from '../../src/db/blockers.js';
import { hasOpenWork } from '../../src/db/open-work.js';
import {
  listDueNotifications,
  countFailedDeliveries,
  hasFirstDeliveryDue,
  readEndNotification,
} from '../../src/db/notifications.js';
import { blockerId } from '../../src/contract/ids.js';
import { notifyEnvironment } from '../../src/notifications/notify-command.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls } from '../support/answers.js';
import { activityEnvironment, useBench, type TestPlan, type TestRun } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';
import { thenAt } from '../support/faults.js';

const FILES = { 'a.txt': 'a\n' };

describe('notifying a person of a blocker', () => {
  const bench = useBench();
  const out = () => join(bench().folder, 'told');

  /** A run whose task has raised a blocker, with the given `on_blocker` command. */
  async function asking(onBlocker: string | undefined): Promise<TestRun> {
    rmSync(out(), { force: true });
    const run = await bench().start(
      {
        test: 'true',
        tasks: [{ id: 'a', title: 'A' }],
        ...(onBlocker === undefined ? {} : { on_blocker: onBlocker }),
      },
      FILES,
    );
    bench().answer = () => calls('ask_human', { question: 'Which?' });
    await new AgentSteps(run, 'a').turn();
    await run.record.reportRun({ runId: run.id, status: 'blocked' });
    return run;
  }
  const notifying = (run: TestRun, env: Readonly<Record<string, string>> = {}) => {
    const context = { ...bench().context, env: { ...bench().context.env, ...env } };
    const input = { runId: run.id, blockerId: blockerId(`${run.id}:a:1`) };
    return activityEnvironment().run(() => notify(context, input));
  };
  const due = async (run: TestRun) => (await listDueNotifications(bench().db, run.id)).blockers;
  const failedNotification = (final: boolean) => (error: unknown) => {
    assert.ok(error instanceof ApplicationFailure, String(error));
    assert.equal(error.nonRetryable, final);
    return true;
  };

  it('runs the command once, in the repository’s root, with the output of `blockers --json` on stdin', async () => {
    const run = await asking(`cat > ${out()}; pwd >> ${out()}`);
    assert.deepEqual(await due(run), [`${run.id}:a:1`]);
    await notifying(run);
    const [json = '', folder, rest] = readFileSync(out(), 'utf8').split('\n');
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.deepEqual(blockerViewSchema.parse(JSON.parse(json)), blocker);
    assert.deepEqual(Object.keys(JSON.parse(json) as object), [
      'id',
      'runId',
      'taskId',
      'reason',
      'question',
      'at',
    ]);
    assert.deepEqual([folder, rest], [run.repository.root, '']);

    assert.deepEqual(await due(run), []);
    rmSync(out());
    await notifying(run);
    assert.ok(!existsSync(out()), 'notified again');
  });

  it('sends nothing when the plan names no command, or when the blocker is already answered', async () => {
    const silent = await asking(undefined);
    assert.deepEqual(await due(silent), []);
    const answered = await asking(`cat > ${out()}`);
    await answerBlocker(bench().db, blockerId(`${answered.id}:a:1`), 'ada', 'This');
    assert.deepEqual(await due(answered), []);
    await notifying(answered);
    assert.ok(!existsSync(out()));
  });

  it('tries a command three times, reports the failure, and does not keep the stack alive after that', async () => {
    const run = await asking('echo once >> told-count; exit 3');
    assert.equal(await openWork(), true, 'a stack does not end before the notification is delivered');
    await assert.rejects(notifying(run), failedNotification(false));
    await assert.rejects(notifying(run), failedNotification(false));
    await assert.rejects(notifying(run), failedNotification(true));
    assert.deepEqual(await due(run), []);
    const id = blockerId(`${run.id}:a:1`);
    assert.deepEqual([...(await countFailedDeliveries(bench().db, [id]))], [[id, 3]]);
    assert.equal(await openWork(), false);
    const marks = join(run.repository.root, 'told-count');
    assert.equal(readFileSync(marks, 'utf8'), 'once\nonce\nonce\n');
    rmSync(marks);
  });
  /** Whether the last run alone keeps the stack open: the notifications of the other runs are marked as delivered. */
  const openWork = async () => {
    const { pool } = bench().db;
    await pool.query(`UPDATE runs SET status = 'blocked' WHERE status = 'running'`);
    await pool.query(
      `UPDATE blockers SET delivered_at = now() WHERE delivered_at IS NULL AND at < (SELECT max(at) FROM blockers)`,
    );
    return hasOpenWork(pool.options.connectionString ?? assert.fail());
  };

  it('delivers the end of a run late, and keeps no stack alive for that', async () => {
    const plan: TestPlan = { test: 'true', tasks: [{ id: 'a', title: 'A' }], on_end: `cat > ${out()}` };
    rmSync(out(), { force: true });
    const run = await bench().start(plan, FILES);
    const { pool } = bench().db;
    await pool.query(`UPDATE runs SET status = 'completed', finished_at = now() WHERE id = $1`, [run.id]);
    assert.deepEqual([await openWork(), await hasFirstDeliveryDue(bench().db, run.id)], [true, true]);
    // As after an hour in which no worker ran.
    await pool.query(`UPDATE runs SET finished_at = now() - interval '1 hour' WHERE id = $1`, [run.id]);
    assert.deepEqual([await openWork(), await hasFirstDeliveryDue(bench().db, run.id)], [false, false]);
    await run.record.notifyEnd({ runId: run.id, last: false });
    const told: unknown = JSON.parse(readFileSync(out(), 'utf8'));
    assert.ok(typeof told === 'object' && told !== null && 'status' in told);
    assert.equal(told.status, 'completed');
    rmSync(out());
    await run.record.notifyEnd({ runId: run.id, last: false });
    assert.ok(!existsSync(out()), 'notified again');
  });

  /** Carries out `work` while the run's repository is elsewhere. */
  async function withoutRepository(run: TestRun, work: () => Promise<void>): Promise<void> {
    const { root } = run.repository;
    renameSync(root, `${root}-moved`);
    try {
      await work();
    } finally {
      renameSync(`${root}-moved`, root);
    }
  }

  it('counts a command that cannot be started as a failed attempt of a blocker', async () => {
    const run = await asking(`cat > ${out()}`);
    await withoutRepository(run, async () => {
      await assert.rejects(notifying(run), failedNotification(false));
      await assert.rejects(notifying(run), failedNotification(false));
      await assert.rejects(notifying(run), failedNotification(true));
    });
    assert.deepEqual(await due(run), []);
  });

  it('tells the end that follows a retry, even if it comes while the first one is told', async () => {
    const plan: TestPlan = { test: 'true', tasks: [{ id: 'a', title: 'A' }], on_end: `cat > ${out()}` };
    const run = await bench().start(plan, FILES);
    const { pool } = bench().db;
    await pool.query(`UPDATE runs SET status = 'failed', finished_at = now() WHERE id = $1`, [run.id]);
    const meanwhile = thenAt(bench().context, 'AS "finishedAt"', async () => {
      await pool.query(`UPDATE runs SET status = 'running' WHERE id = $1`, [run.id]);
      await pool.query(
        `UPDATE runs SET status = 'completed', finished_at = finished_at + interval '1 ms' WHERE id = $1`,
        [run.id],
      );
    });
    await run.on(meanwhile).record.notifyEnd({ runId: run.id, last: false });
    rmSync(out());
    await run.record.notifyEnd({ runId: run.id, last: false });
    assert.match(readFileSync(out(), 'utf8'), /"status": ?"completed"/);
    assert.equal(await readEndNotification(bench().db, run.id), null);
  });

  it('tells the end that follows a retry, also when the clock was set back in between', async () => {
    const plan: TestPlan = { test: 'true', tasks: [{ id: 'a', title: 'A' }], on_end: `cat > ${out()}` };
    const run = await bench().start(plan, FILES);
    const { pool } = bench().db;
    const end = (status: string, at: string) =>
      pool.query(`UPDATE runs SET status = '${status}', finished_at = ${at} WHERE id = $1`, [run.id]);
    await end('failed', 'now()');
    await run.record.notifyEnd({ runId: run.id, last: false });
    await end('running', 'NULL');
    await end('completed', `now() - interval '1 hour'`);
    await run.record.notifyEnd({ runId: run.id, last: false });
    assert.match(readFileSync(out(), 'utf8'), /"status": ?"completed"/);
    assert.equal(await readEndNotification(bench().db, run.id), null);
  });

  it('gives up on the end of a run whose command cannot be started', async () => {
    const plan: TestPlan = { test: 'true', tasks: [{ id: 'a', title: 'A' }], on_end: `cat > ${out()}` };
    const run = await bench().start(plan, FILES);
    const { pool } = bench().db;
    await pool.query(`UPDATE runs SET status = 'cancelled', finished_at = now() WHERE id = $1`, [run.id]);
    const end = (attempt: number, last: boolean) =>
      activityEnvironment({ attempt }).run(() => notifyEnd(bench().context, { runId: run.id, last }));
    await withoutRepository(run, async () => {
      await assert.rejects(end(1, false), failedNotification(false));
      await assert.rejects(end(2, false), failedNotification(false));
      await assert.rejects(end(3, false), failedNotification(true));
    });
    assert.equal(await readEndNotification(bench().db, run.id), null, 'the end counts as told');
  });

  it('ends every process that the command started', async () => {
    // Killing the leader kills its group; a process that left the group is found by its environment.
    const run = await asking(`sleep 300 & echo $! > ${out()}; setsid sleep 300 & echo $! >> ${out()}; true`);
    await notifying(run);
    const pids = readFileSync(out(), 'utf8').trim().split('\n');
    assert.equal(pids.length, 2);
    // A killed process is listed until the kernel has taken it down.
    await eventually(() => !pids.some(isRunning), 'both are gone');
  });
  /** Whether the process is running: neither gone nor a zombie. */
  const isRunning = (pid: string): boolean => {
    try {
      return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };

  it('gives the command the user’s environment without Leadwright’s secrets', () => {
    const secrets = {
      ANTHROPIC_API_KEY: 'k',
      LEADWRIGHT_TOKEN: 't',
      LEADWRIGHT_WEBHOOK_SECRET: 's',
      DATABASE_URL: 'd',
      TEMPORAL_API_KEY: 'a',
      CLAUDE_CODE_TOKEN: 'c',
    };
    const own = { PATH: '/bin', HOME: '/home/ada', PAGER_KEY: 'mine', LEADWRIGHT_HOME: '/lw' };
    assert.deepEqual(notifyEnvironment({ ...own, ...secrets }), own);
  });

  it('refuses a webhook in the local network, and retries it for hours, not forever', async () => {
    const run = await asking('https://127.0.0.1:9/hook');
    await assert.rejects(notifying(run, { LEADWRIGHT_TOKEN: 'token' }), failedNotification(false));
    await bench().db.pool.query(`UPDATE blockers SET at = at - interval '7 hours' WHERE run_id = $1`, [
      run.id,
    ]);
    assert.deepEqual(await due(run), []);
  });
});
