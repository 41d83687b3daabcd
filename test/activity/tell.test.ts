import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { notify } from '../../src/activities/notify.js';
import { blockerViewSchema } from '../../src/contract/contract.js';
import { answerBlocker, listOpenBlockers } from '../../src/db/blockers.js';
import { hasOpenWork } from '../../src/db/open-work.js';
import { listDueNotifications, countFailedDeliveries } from '../../src/db/notifications.js';
import { blockerId } from '../../src/contract/ids.js';
import { notifyEnvironment } from '../../src/notifications/notify-command.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls } from '../support/answers.js';
import { activityEnvironment, useBench, type TestRun } from '../support/workplace.js';

const FILES = { 'a.txt': 'a\n' };

describe('telling a person of a blocker', () => {
  const bench = useBench();
  const out = () => join(bench().folder, 'told');

  /** A run whose task asks, and that tells it so. */
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
  const telling = (run: TestRun, env: Readonly<Record<string, string>> = {}) => {
    const place = { ...bench().place, env: { ...bench().place.env, ...env } };
    const input = { runId: run.id, blockerId: blockerId(`${run.id}:a:1`) };
    return activityEnvironment().run(() => notify(place, input));
  };
  const toTell = async (run: TestRun) => (await listDueNotifications(bench().db, run.id)).blockers;
  const notTold = (final: boolean) => (error: unknown) => {
    assert.ok(error instanceof ApplicationFailure, String(error));
    assert.equal(error.nonRetryable, final);
    return true;
  };

  it('runs the command at the repository’s root, with what `blockers --json` shows on stdin, once', async () => {
    const run = await asking(`cat > ${out()}; pwd >> ${out()}`);
    assert.deepEqual(await toTell(run), [`${run.id}:a:1`]);
    await telling(run);
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

    assert.deepEqual(await toTell(run), []);
    rmSync(out());
    await telling(run);
    assert.ok(!existsSync(out()), 'told again');
  });

  it('tells nobody where the plan names nobody, and nobody of what was answered', async () => {
    const silent = await asking(undefined);
    assert.deepEqual(await toTell(silent), []);
    const answered = await asking(`cat > ${out()}`);
    await answerBlocker(bench().db, blockerId(`${answered.id}:a:1`), 'ada', 'This');
    assert.deepEqual(await toTell(answered), []);
    await telling(answered);
    assert.ok(!existsSync(out()));
  });

  it('tries a command three times, says so, and keeps no stack alive for it after that', async () => {
    const run = await asking('echo once >> told-count; exit 3');
    assert.equal(await openWork(), true, 'a stack does not end before it has told');
    await assert.rejects(telling(run), notTold(false));
    await assert.rejects(telling(run), notTold(false));
    await assert.rejects(telling(run), notTold(true));
    assert.deepEqual(await toTell(run), []);
    const id = blockerId(`${run.id}:a:1`);
    assert.deepEqual([...(await countFailedDeliveries(bench().db, [id]))], [[id, 3]]);
    assert.equal(await openWork(), false);
    const marks = join(run.repository.root, 'told-count');
    assert.equal(readFileSync(marks, 'utf8'), 'once\nonce\nonce\n');
    rmSync(marks);
  });
  /** Of the last run alone: the others on this bench are set aside. */
  const openWork = async () => {
    const { pool } = bench().db;
    await pool.query(`UPDATE runs SET status = 'blocked' WHERE status = 'running'`);
    await pool.query(
      `UPDATE blockers SET delivered_at = now() WHERE delivered_at IS NULL AND at < (SELECT max(at) FROM blockers)`,
    );
    return hasOpenWork(pool.options.connectionString ?? assert.fail());
  };

  it('leaves nothing running of a command that starts others', async () => {
    // The group is killed with its leader; what left the group is found by its environment.
    const run = await asking(`sleep 300 & echo $! > ${out()}; setsid sleep 300 & echo $! >> ${out()}; true`);
    await telling(run);
    const pids = readFileSync(out(), 'utf8').trim().split('\n');
    assert.deepEqual([pids.length, pids.filter(runs)], [2, []]);
  });
  /** Not dead, nor a dead one that nobody has looked after yet. */
  const runs = (pid: string): boolean => {
    try {
      return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };

  it('gives the command the person’s environment without our secrets', () => {
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

  it('refuses a webhook in the local network, and goes on trying it for hours, not for ever', async () => {
    const run = await asking('https://127.0.0.1:9/hook');
    await assert.rejects(telling(run, { LEADWRIGHT_TOKEN: 'token' }), notTold(false));
    await bench().db.pool.query(`UPDATE blockers SET at = at - interval '7 hours' WHERE run_id = $1`, [
      run.id,
    ]);
    assert.deepEqual(await toTell(run), []);
  });
});
