import assert from 'node:assert/strict';
import type { Info } from '@temporalio/activity';
import { failTask } from '../../src/activities/fail-task.js';
import { answerBlocker, askAboutRun, listOpenBlockers, settleQuestion } from '../../src/db/blockers.js';
import { cancelRun, resumeCancelledRun, retryTask } from '../../src/db/task-status.js';
import { retry, retryFailed } from '../../src/runs/control/retry.js';
import { answer, resume } from '../../src/runs/control/run-control.js';
import { UsageError } from '../../src/contract/errors.js';
import { blockerId, taskId } from '../../src/contract/ids.js';
import { expandPage } from '../../src/contract/lean-page.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, fails, writes } from '../support/answers.js';
import { useBench, type TestRun } from '../support/activity-bench.js';
import { activityEnvironment } from '../support/test-bench.js';

const FILES = { 'a.txt': 'a\n' };
const task = (id: string, ...needs: string[]) => ({ id, title: `Do ${id}`, depends_on: needs });
const PLAN = {
  test: 'true',
  // Listed in reverse, so that nothing relies on the plan's order.
  tasks: [task('last', 'middle'), task('middle', 'root', 'free'), task('root'), task('free')],
};

describe('controlling a run through the record', () => {
  const bench = useBench();
  const statuses = async (run: TestRun) =>
    Object.fromEntries((await run.view()).tasks.map(({ id, status }) => [id, status]));
  const node = async (run: TestRun, id: string) => {
    const page = await run.record.loadGraph({ runId: run.id, after: 0 });
    return expandPage(page).find((each) => each.id === taskId(id)) ?? assert.fail();
  };

  it('reads the graph: ids, dependencies and the progress of each task', async () => {
    const run = await bench().start(PLAN, FILES);
    const page = await run.record.loadGraph({ runId: run.id, after: 0 });
    assert.deepEqual([page.tip, page.next], [run.base, null]);
    const { totals, ...settings } = page.settings;
    assert.deepEqual(settings, {
      concurrency: 10,
      maxCorrections: 3,
      status: 'running',
      notifies: false,
      notifiesOfEnd: false,
      inFleet: true,
    });
    assert.deepEqual([totals.completed, totals.begun], [0, false]);
    assert.deepEqual(
      expandPage(page).map(({ id, dependsOn }) => [id, dependsOn]),
      [
        ['last', ['middle']],
        ['middle', ['root', 'free']],
        ['root', []],
        ['free', []],
      ],
    );
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    const commit = await new AgentSteps(run, 'root').untilReady();
    const { ready, progress } = await node(run, 'root');
    assert.equal(ready, true);
    assert.deepEqual(progress, {
      turns: 1,
      attempts: 1,
      corrections: 0,
      requeues: 0,
      kind: 'rebase',
      work: { start: run.base, commit, draft: commit },
    });
  });

  it('fails a task and skips its dependants once, with the reason', async () => {
    const run = await bench().start(PLAN, FILES);
    const failing = { runId: run.id, taskId: taskId('root'), reason: 'Its workflow was terminated' };
    await run.record.failTask(failing);
    await run.record.failTask(failing);
    assert.deepEqual(await statuses(run), {
      last: 'skipped',
      middle: 'skipped',
      root: 'failed',
      free: 'pending',
    });
    assert.equal((await run.task('root')).error, 'Its workflow was terminated');
    assert.match((await run.task('last')).error ?? '', /needs root, which ended failed/);
    assert.deepEqual(await run.story('root'), ['task.status in_progress', 'task.status failed']);
  });

  it('keeps a person’s retry when a lost attempt to record the failure is repeated', async () => {
    const run = await bench().start(PLAN, FILES);
    const input = { runId: run.id, taskId: taskId('root'), reason: 'Its disk was full' };
    const fail = (info: Partial<Info>) => activityEnvironment(info).run(failTask, bench().context, input);
    // Both attempts are of one activity: the worker of the first was killed before it could report.
    const scheduledTimestampMs = 5_000;
    await fail({ scheduledTimestampMs });
    await retryTask(bench().db, input);
    await fail({ scheduledTimestampMs, attempt: 2 });
    assert.deepEqual(await statuses(run), {
      last: 'pending',
      middle: 'pending',
      root: 'pending',
      free: 'pending',
    });
    await fail({});
    assert.equal((await run.task('root')).status, 'failed', 'a later failure counts');
  });

  it('retries a failed task and what was skipped because of it, and the run is running again', async () => {
    const run = await bench().start(PLAN, FILES);
    for (const id of ['root', 'free'])
      await run.record.failTask({ runId: run.id, taskId: taskId(id), reason: 'x' });
    assert.equal(await run.record.reportRun({ runId: run.id, status: 'failed' }), 'failed');
    const key = { runId: run.id, taskId: taskId('last') };
    assert.deepEqual(await retryTask(bench().db, key), ['free', 'last', 'middle', 'root']);
    assert.deepEqual(await retryTask(bench().db, key), [], 'nothing is left to retry');
    const before = (await run.events('run.status')).length;
    // The report of its end again, by a worker that was killed before Temporal knew of it.
    assert.equal(await run.record.reportRun({ runId: run.id, status: 'failed' }), 'running');
    assert.equal((await run.view()).status, 'running');
    assert.equal((await run.events('run.status')).length, before);
    assert.deepEqual(new Set(Object.values(await statuses(run))), new Set(['pending']));
    assert.deepEqual([(await run.view()).status, (await run.task('root')).error], ['running', null]);
  });

  it('keeps the progress of a failed task when it is retried', async () => {
    const run = await bench().start(PLAN, FILES);
    const agent = new AgentSteps(run, 'root');
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.untilReady();
    await run.record.failTask({ runId: run.id, taskId: taskId('root'), reason: 'x' });
    await retryTask(bench().db, { runId: run.id, taskId: taskId('root') });
    assert.equal((await node(run, 'root')).progress?.turns, 1);
  });

  it('continues a blocked task only when all its blockers are answered', async () => {
    const run = await bench().start(PLAN, FILES);
    bench().answer = () => calls('ask_human', { question: 'Which?' });
    await new AgentSteps(run, 'root').turn();
    bench().answer = () => fails(401);
    await new AgentSteps(run, 'free').turn();
    await run.record.reportRun({ runId: run.id, status: 'blocked' });
    const [own, whole] = await listOpenBlockers(bench().db, run.id);
    const answered = async () => [(await node(run, 'root')).answered, (await node(run, 'free')).answered];
    const waitsWithTheRun = async () => [
      (await node(run, 'root')).waitingOnRun,
      (await node(run, 'free')).waitingOnRun,
    ];
    assert.deepEqual(await answered(), [false, false]);
    assert.deepEqual(await waitsWithTheRun(), [false, true]);
    assert.equal(await answerBlocker(bench().db, blockerId(own?.id ?? ''), 'ada', 'This'), true);
    assert.deepEqual(await answered(), [false, false], 'the run’s own question is open');
    assert.equal(await answerBlocker(bench().db, blockerId(whole?.id ?? ''), 'ada', ''), true);
    assert.deepEqual(await answered(), [true, true]);
    assert.deepEqual(await waitsWithTheRun(), [false, false]);
    assert.equal((await run.view()).status, 'running');
    assert.deepEqual(
      (await run.events('blocker.resolved')).map(({ taskId: id, data }) => [id, data]),
      [
        ['root', { blockerId: own?.id, by: 'ada', answer: 'This' }],
        [null, { blockerId: whole?.id, by: 'ada', answer: '' }],
      ],
    );
  });

  it('cancels the tasks that have not ended and leaves the others', async () => {
    const run = await bench().start(PLAN, FILES);
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    const agent = new AgentSteps(run, 'root');
    await agent.untilReady();
    const { tip } = await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
    bench().answer = () => calls('ask_human', { question: 'Which?' });
    await new AgentSteps(run, 'free').turn();
    await run.record.cancelRun({ runId: run.id });
    await run.record.cancelRun({ runId: run.id });
    assert.deepEqual(await statuses(run), {
      last: 'cancelled',
      middle: 'cancelled',
      root: 'completed',
      free: 'cancelled',
    });
    assert.equal((await run.view()).status, 'cancelled');
    assert.equal(run.branch(), tip, 'landed work stays');
    const changes = await run.events('run.status');
    assert.deepEqual(changes.at(-1)?.data, { status: 'cancelled', from: 'running' });
    assert.equal(changes.length, 2);
    assert.equal(
      await run.record.reportRun({ runId: run.id, status: 'running' }),
      'cancelled',
      'it stays cancelled',
    );
    assert.equal((await run.view()).status, 'cancelled');
  });

  it('leaves an ended run as it is, and tells a lead that pauses it so', async () => {
    for (const end of ['completed', 'failed'] as const) {
      const run = await bench().start(PLAN, FILES);
      // Only a run whose tasks are all completed can be.
      if (end === 'completed') {
        const { pool } = bench().db;
        await pool.query("UPDATE tasks SET status = 'in_progress' WHERE run_id = $1", [run.id]);
        const done = "UPDATE tasks SET status = 'completed', completed_at = now() WHERE run_id = $1";
        await pool.query(done, [run.id]);
      }
      // Tasks are left open by a bug only.
      const why = end === 'failed' ? { reason: 'a bug' } : {};
      assert.equal(await run.record.reportRun({ runId: run.id, status: end, ...why }), end);
      const before = (await run.log()).length;
      assert.equal(await run.record.reportRun({ runId: run.id, status: 'paused' }), end);
      assert.equal((await run.view()).status, end);
      assert.equal((await run.log()).length, before);
    }
  });

  it('records each status of the run once', async () => {
    const run = await bench().start(PLAN, FILES);
    await run.record.reportRun({ runId: run.id, status: 'paused' });
    await run.record.reportRun({ runId: run.id, status: 'paused' });
    assert.equal((await run.events('run.status')).length, 2);
    assert.deepEqual(
      (await run.log()).map(({ seq }) => seq),
      [1, 2],
    );
  });

  it('continues a cancelled run of which only the verification was open, and asks again', async () => {
    const run = await bench().start({ test: 'true', verify: 'test -e fixed', tasks: [task('root')] }, FILES);
    const agent = new AgentSteps(run, 'root');
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.untilReady();
    await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
    assert.equal(await run.sandbox.verify({ runId: run.id }), false);
    await cancelRun(bench().db, run.id);
    assert.deepEqual(await listOpenBlockers(bench().db, run.id), []);
    await assert.rejects(
      bench().db.pool.query(`SELECT move_run($1, 'running')`, [run.id]),
      /cannot go from cancelled to running/,
      'a late report of the lead',
    );
    assert.equal(await resumeCancelledRun(bench().db, run.id), true);
    assert.equal((await run.view()).status, 'running');
    assert.equal(await run.sandbox.verify({ runId: run.id }), false);
    const open = await listOpenBlockers(bench().db, run.id);
    assert.deepEqual(
      open.map(({ reason }) => reason),
      ['verify'],
    );
    // Cancelled while `verify` ran, so before there was a question.
    await answerBlocker(bench().db, blockerId(open[0]?.id ?? ''), 'ada', 'Fixed');
    await cancelRun(bench().db, run.id);
    assert.equal(await resumeCancelledRun(bench().db, run.id), true);
  });

  it('does not continue a cancelled run that has nothing left to do', async () => {
    const run = await bench().start({ test: 'true', tasks: [task('root')] }, FILES);
    await run.record.failTask({
      runId: run.id,
      taskId: taskId('root'),
      reason: 'Its workflow was terminated',
    });
    await cancelRun(bench().db, run.id);
    assert.equal(await resumeCancelledRun(bench().db, run.id), false);
    assert.equal((await run.view()).status, 'cancelled');
  });

  it('names the retry of its tasks when a failed run is to be resumed', async () => {
    const run = await bench().start(PLAN, FILES);
    await bench().db.prisma.run.update({ where: { id: run.id }, data: { status: 'failed' } });
    const context = { db: bench().db, temporal: () => assert.fail('nothing is resumed') };
    await assert.rejects(resume(context, run.id), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /is failed: it has ended, and there is nothing to resume\. Try /);
      assert.ok(error.message.endsWith(`:  leadwright retry ${run.id} --failed`), error.message);
      return true;
    });
  });

  it('names the repair of a run whose lead failed, which neither a retry nor a new start continues', async () => {
    const run = await bench().start(PLAN, FILES);
    const stopped = { status: 'failed', stopCode: 'internal', stopReason: 'a bug' } as const;
    await bench().db.prisma.run.update({ where: { id: run.id }, data: stopped });
    const context = {
      db: bench().db,
      temporal: () => assert.fail('nothing is asked of it'),
    };
    const message = `The lead agent of the run ${run.id} failed: \`leadwright status ${run.id}\` says why. Continue the run with:  leadwright doctor --repair`;
    await assert.rejects(resume(context, run.id), { name: 'UsageError', message });
    await assert.rejects(retryFailed(context, run.id), { message });
    await assert.rejects(retry(context, run.id, taskId('root')), { message });
    assert.deepEqual((await run.view()).stop, { code: 'internal', reason: 'a bug' });
  });

  it('says of an answer that nobody gave that the question settled itself', async () => {
    const run = await bench().start(PLAN, FILES);
    await askAboutRun(bench().db, bench().context.worker.id, run.id, {
      reason: 'branch',
      question: 'The branch cannot be written.',
    });
    await settleQuestion(bench().db, bench().context.worker.id, run.id, 'branch');
    await bench().db.prisma.run.update({ where: { id: run.id }, data: { status: 'completed' } });
    const context = { db: bench().db, temporal: () => assert.fail('nothing is answered') };
    await assert.rejects(
      answer(
        context,
        blockerId(`${run.id}:1`),
        { text: 'fixed', choice: { kind: 'hint' }, addUsd: 0 },
        'ada',
      ),
      /:1 was answered before, by leadwright: its cause is gone, and the run goes on without an answer$/,
    );
  });

  describe('a refused retry', () => {
    /** Refuses before it needs Temporal: nothing is retried. */
    const context = () => ({ db: bench().db, temporal: () => assert.fail('nothing is retried') });
    const refusal = async (run: TestRun, id: string) => {
      const error: unknown = await retry(context(), run.id, taskId(id)).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof UsageError);
      return error.message;
    };

    it('shows the question of a blocked task and how to answer it', async () => {
      const run = await bench().start(PLAN, FILES);
      bench().answer = () => calls('ask_human', { question: 'Which\nrounding?' });
      await new AgentSteps(run, 'root').turn();
      assert.equal(
        await refusal(run, 'root'),
        'The task root is blocked: it waits for an answer to "Which rounding?". ' +
          `Answer with:  leadwright answer ${run.id}:root:1 …  The possible answers:  leadwright blockers ${run.id}`,
      );
    });

    it('shows the question about the run that a blocked task waits for', async () => {
      const run = await bench().start(PLAN, FILES);
      bench().answer = () => fails(401);
      await new AgentSteps(run, 'free').turn();
      const [whole] = await listOpenBlockers(bench().db, run.id);
      assert.equal(whole?.taskId, null);
      assert.match(
        await refusal(run, 'free'),
        new RegExp(`^The task free is blocked: it waits .*leadwright answer ${whole.id} `),
      );
    });

    it('lists the tasks that can be retried, or says that there is none', async () => {
      const run = await bench().start(PLAN, FILES);
      bench().answer = () => writes({ 'n.txt': 'n\n' });
      const agent = new AgentSteps(run, 'free');
      await agent.untilReady();
      await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
      const rule = 'only a failed or skipped task can be retried';
      assert.equal(
        await refusal(run, 'free'),
        `The task free is completed: ${rule}. The run ${run.id} has none.`,
      );
      await run.record.failTask({ runId: run.id, taskId: taskId('root'), reason: 'x' });
      const have = `The run ${run.id} has: last (skipped), middle (skipped), root (failed)`;
      assert.equal(await refusal(run, 'free'), `The task free is completed: ${rule}. ${have}`);
      assert.equal(await refusal(run, 'rot'), `The run ${run.id} has no task rot: ${rule}. ${have}`);
    });

    it('says how to continue a cancelled run, whose tasks cannot be retried', async () => {
      const run = await bench().start(PLAN, FILES);
      await run.record.failTask({ runId: run.id, taskId: taskId('root'), reason: 'x' });
      await cancelRun(bench().db, run.id);
      const text = `The run ${run.id} is cancelled, so no task of it can be retried. Continue the run with:  leadwright resume ${run.id}`;
      assert.equal(await refusal(run, 'free'), text);
      assert.equal(await refusal(run, 'root'), text);
      await assert.rejects(retryFailed(context(), run.id), { message: text });
    });
  });
});
