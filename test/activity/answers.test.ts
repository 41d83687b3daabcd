import assert from 'node:assert/strict';
import { readBlockerCase } from '../../src/db/blocker-case.js';
import { listBlockersAbout, listOpenBlockers, recordAnswer, type Answer } from '../../src/db/blockers.js';
import { listRuns } from '../../src/db/run-list.js';
import { retryTask } from '../../src/db/task-status.js';
import { blockerId, taskId } from '../../src/contract/ids.js';
import { taskRange } from '../../src/runs/report/run-diff.js';
import { expandPage } from '../../src/contract/lean-page.js';
import { createEntry } from '../../src/workflows/task-entry.js';
import { AgentSteps, requeuedIn } from '../support/agent-steps.js';
import { calls, inOrder, lastText, submits, writes } from '../support/answers.js';
import { useBench, type TestPlan, type TestRun } from '../support/activity-bench.js';

const FILES = { 'a.txt': 'a\n' };
const PLAN: TestPlan = {
  test: '! grep -q bad n.txt',
  tasks: [
    { id: 'a', title: 'Do a' },
    { id: 'b', title: 'Do b', depends_on: ['a'] },
    { id: 'c', title: 'Do c', depends_on: ['b'] },
    { id: 'free', title: 'Do free' },
  ],
};

/** Each answer to a blocker, with its effect on the record, the lead and the agent. */
describe('an answer to a blocker', () => {
  const bench = useBench();
  const node = async (run: TestRun, id: string) => {
    const page = await run.record.loadGraph({ runId: run.id, after: 0, only: [taskId(id)] });
    return expandPage(page).find((each) => each.id === taskId(id)) ?? assert.fail();
  };
  /** Lands a task as its lead does. */
  const landTask = async (run: TestRun, id: string) => {
    const attempt = (await node(run, id)).progress?.attempts ?? assert.fail();
    return run.record.land({ runId: run.id, candidates: [{ taskId: taskId(id), attempt }] });
  };
  const state = async (run: TestRun, id: string) => createEntry(await node(run, id)).state;
  const answer = (id: string, choice: Answer['choice'], text = '', addUsd = 0) =>
    recordAnswer(bench().db, blockerId(id), { by: 'ada', choice, text, addUsd });
  /** A run as the list of runs shows it. */
  const listed = async (run: TestRun) =>
    (await listRuns(bench().db)).find(({ runId }) => runId === run.id) ?? assert.fail();
  const statuses = async (run: TestRun) => (await run.view()).tasks.map(({ status }) => status);

  /** A task that is blocked after red tests: `n.txt` holds "bad". */
  async function red(corrections = 0, files: Readonly<Record<string, string>> = { 'n.txt': 'bad\n' }) {
    const run = await bench().start(PLAN, FILES);
    const agent = new AgentSteps(run, 'a');
    bench().answer = () => writes(files);
    assert.equal(await agent.turn(), 'test');
    const applied = await agent.repeat();
    assert.ok(applied.next === 'test');
    assert.equal(await agent.test(applied.commit, corrections), 'blocked');
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    return { run, agent, commit: applied.commit, blocker: blocker?.id ?? assert.fail() };
  }

  it('accepts work whose tests fail: it lands untested and completes the task', async () => {
    const { run, agent, blocker } = await red();
    assert.equal(await answer(blocker, { kind: 'accept' }), true);
    assert.equal(await state(run, 'a'), 'ready', 'the lead puts it into the merge queue');
    const { landed, tip, untested } = await run.record.land({
      runId: run.id,
      candidates: [agent.candidate()],
    });
    assert.deepEqual([landed, untested], [['a'], []]);
    assert.equal(run.repository.git('show', `${tip}:n.txt`), 'bad');
    const task = await run.task('a');
    assert.deepEqual([task.status, task.commit, task.error], ['completed', tip, null]);
    assert.deepEqual([task.verdict, (await run.view()).accepted], ['failed', ['a']]);
    assert.deepEqual((await run.events('blocker.resolved')).at(-1)?.data, {
      blockerId: blocker,
      by: 'ada',
      answer: '--accept',
    });
  });

  it('sends accepted work that conflicts with the tip back to the agent, with the conflict', async () => {
    const { run, agent, blocker } = await red();
    // The agent asked a question after the red work, so its newest turn is not the one that submitted the work.
    await answer(blocker, { kind: 'hint' });
    bench().answer = () => calls('ask_human', { question: 'Which?' });
    assert.equal(await agent.turn(), 'blocked');
    const other = new AgentSteps(run, 'free');
    bench().answer = () => writes({ 'n.txt': 'good\n' });
    await other.untilReady();
    await run.record.land({ runId: run.id, candidates: [other.candidate()] });

    await answer(`${run.id}:a:2`, { kind: 'accept' });
    const landing = await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
    assert.deepEqual([landing.landed, requeuedIn(landing)], [[], ['a']]);
    assert.equal(await state(run, 'a'), 'pending');
    agent.rebase(landing);
    let told = '';
    bench().answer = (request) => {
      told = lastText(request);
      return submits({ path: 'n.txt', action: 'modify', content: 'good too\n' });
    };
    await agent.untilReady();
    assert.match(told, /^Merge conflict: .*n\.txt/);
    assert.equal((await run.task('a')).status, 'in_progress');
  });

  it('accepts a merge whose tests fail: its own tests passed, but what lands failed', async () => {
    const plan: TestPlan = { ...PLAN, test: 'echo both; ! test -e x.txt -a -e y.txt', retest: 'always' };
    const run = await bench().start(plan, FILES);
    const [x, y] = [new AgentSteps(run, 'a'), new AgentSteps(run, 'free')];
    bench().answer = () => writes({ 'x.txt': 'x\n' });
    await x.untilReady();
    bench().answer = () => writes({ 'y.txt': 'y\n' });
    await y.untilReady();
    const land = (...agents: readonly AgentSteps[]) =>
      run.record.land({ runId: run.id, candidates: agents.map((agent) => agent.candidate()) });
    await land(x);
    const { untested } = await land(y);
    for (const merge of untested) await run.sandbox.testMerge({ runId: run.id, ...merge, timeoutMs: 9_000 });
    const landing = await land(y);
    assert.deepEqual(requeuedIn(landing), ['free']);
    y.rebase(landing);
    bench().answer = () => calls('ask_human', { question: 'Both?' });
    assert.equal(await y.turn(), 'blocked');
    assert.equal((await run.task('free')).verdict, 'failed', 'a page that is opened now shows it');
    const question = blockerId(`${run.id}:free:1`);
    const newest = (await readBlockerCase(bench().db, question))?.task?.newest;
    assert.equal(newest?.test?.passed, true);
    assert.deepEqual(
      [newest.mergeTest?.passed, newest.mergeTest?.output],
      [false, 'both'],
      'why it is asked',
    );

    await answer(question, { kind: 'accept' });
    assert.equal(await state(run, 'free'), 'ready');
    const landed = await land(y);
    assert.deepEqual(landed.landed, ['free']);
    assert.equal(run.repository.git('ls-tree', '--name-only', landed.tip), 'a.txt\nx.txt\ny.txt');
    assert.deepEqual([(await run.task('free')).verdict, (await run.view()).accepted], ['failed', ['free']]);
    assert.equal((await listed(run)).tasks.unproven, 1);
  });

  it('accepts work that was in conflict: what lands by now is untested', async () => {
    const run = await bench().start({ ...PLAN, test: 'true' }, FILES);
    const [x, y] = [new AgentSteps(run, 'a'), new AgentSteps(run, 'free')];
    bench().answer = () => writes({ 'n.txt': 'x\n' });
    await x.untilReady();
    bench().answer = () => writes({ 'n.txt': 'y\n' });
    await y.untilReady();
    await run.record.land({ runId: run.id, candidates: [x.candidate()] });
    const landing = await run.record.land({ runId: run.id, candidates: [y.candidate()] });
    assert.deepEqual(requeuedIn(landing), ['free']);
    y.rebase(landing);
    bench().answer = () => calls('ask_human', { question: 'Which?' });
    assert.equal(await y.turn(), 'blocked');
    await answer(`${run.id}:free:1`, { kind: 'accept' });
    assert.equal((await run.task('free')).verdict, 'untested');
    assert.equal(await state(run, 'free'), 'ready');
  });

  it('accepts a task without a submission: completed, without a commit', async () => {
    const run = await bench().start(PLAN, FILES);
    bench().answer = () => calls('ask_human', { question: 'Is it needed?' });
    await new AgentSteps(run, 'a').turn();
    await answer(`${run.id}:a:1`, { kind: 'accept' }, 'It is there already.');
    const task = await run.task('a');
    assert.deepEqual([task.status, task.commit, task.error], ['completed', null, null]);
    assert.deepEqual([task.verdict, (await run.view()).accepted], ['untested', ['a']]);
    assert.deepEqual((await listed(run)).tasks, { total: 4, completed: 1, unproven: 1 });
    assert.equal(await state(run, 'a'), 'completed');
  });

  it('accepts the draft when it is newer than the last attempt, or when there is no attempt', async () => {
    const { run, agent, blocker } = await red();
    assert.equal((await node(run, 'a')).progress?.kind, 'correction');
    await answer(blocker, { kind: 'hint' });
    bench().answer = inOrder([
      writes({ 'n.txt': 'bad\n' }),
      calls('edit_files', { files: [{ path: 'n.txt', action: 'modify', content: 'better\n' }] }),
      calls('ask_human', { question: 'Enough?' }),
    ]);
    assert.equal(await agent.turn(), 'continue');
    assert.equal(await agent.turn(), 'blocked');
    const key = { runId: run.id, taskId: taskId('a') };
    const range = await taskRange(bench().db, bench().context.store, key);
    assert.deepEqual(range, { from: run.base, to: agent.work.draft }, 'what `diff` shows');
    await answer(`${run.id}:a:2`, { kind: 'accept' });
    assert.equal(await state(run, 'a'), 'ready');
    const first = await landTask(run, 'a');
    assert.deepEqual(first.landed, ['a']);
    assert.equal(run.repository.git('show', `${first.tip}:n.txt`), 'better');
    const [task] = (await run.view()).tasks;
    assert.deepEqual([task?.attempts, task?.filesModified], [1, ['n.txt']], 'attempts are what was tested');
    assert.equal(task?.verdict, 'untested');

    const other = new AgentSteps(run, 'free');
    bench().answer = inOrder([
      calls('edit_files', { files: [{ path: 'free.txt', action: 'create', content: 'free\n' }] }),
      calls('ask_human', { question: 'Enough?' }),
    ]);
    assert.equal(await other.turn(), 'continue');
    assert.equal(await other.turn(), 'blocked');
    await answer(`${run.id}:free:1`, { kind: 'accept' });
    assert.equal(await state(run, 'free'), 'ready');
    const second = await landTask(run, 'free');
    assert.deepEqual(second.landed, ['free']);
    assert.equal(run.repository.git('show', `${second.tip}:free.txt`), 'free');
  });

  it('skips a task and its dependants; a retry continues the same conversation', async () => {
    const { run, agent, blocker } = await red();
    await answer(blocker, { kind: 'skip' }, 'Not this year.');
    assert.deepEqual(await statuses(run), ['skipped', 'skipped', 'skipped', 'pending']);
    assert.equal((await run.task('a')).error, 'Skipped by ada: Not this year.');
    const [shown] = await listBlockersAbout(bench().db, run.id, taskId('a'));
    assert.equal(shown?.answer, '--skip: Not this year.');
    assert.match((await run.task('c')).error ?? '', /needs a, which ended skipped/);
    assert.deepEqual(
      [await state(run, 'a'), await state(run, 'b')],
      ['skipped', 'skipped'],
      'the lead reads it',
    );

    assert.deepEqual(await retryTask(bench().db, { runId: run.id, taskId: taskId('b') }), ['a', 'b', 'c']);
    assert.deepEqual(new Set(await statuses(run)), new Set(['pending']));
    const { progress } = await node(run, 'a');
    assert.deepEqual([progress?.turns, progress?.attempts, progress?.corrections], [1, 1, 0]);
    let told = '';
    bench().answer = (request) => {
      told = lastText(request);
      return submits({ path: 'n.txt', action: 'modify', content: 'good\n' });
    };
    await agent.untilReady();
    assert.match(
      told,
      /^A person answered: this task was put aside, and is taken up again now. Not this year\./,
    );
    assert.match(told, /The tests failed/);
  });

  it('allows exactly the given number of further corrections', async () => {
    const { run, agent, blocker } = await red();
    await answer(blocker, { kind: 'retry', corrections: 2 }, 'Mind the rounding.');
    const { correctionsAllowed = assert.fail() } = await node(run, 'a');
    agent.corrections = 0;
    let prompt = '';
    const resubmit = async (content: string) => {
      bench().answer = (request) => {
        prompt ||= lastText(request);
        return submits({ path: 'n.txt', action: 'modify', content });
      };
      assert.equal(await agent.turn(), 'test');
      const applied = await agent.repeat();
      assert.ok(applied.next === 'test');
      return agent.test(applied.commit, correctionsAllowed);
    };
    assert.equal(await resubmit('bad 2\n'), 'correct');
    assert.equal(await resubmit('bad 3\n'), 'blocked');
    assert.match(prompt, /^A person answered: Mind the rounding\.[^]*The tests failed/);
    const task = await run.task('a');
    assert.deepEqual([task.attempts, task.corrections], [3, 2]);
    // A plain answer restores the run's own limit.
    await answer(`${run.id}:a:2`, { kind: 'hint' }, 'Try harder.');
    assert.equal((await node(run, 'a')).correctionsAllowed, undefined);
  });

  it('allows the same number when the first attempt has not been made yet', async () => {
    const run = await bench().start(PLAN, FILES);
    bench().answer = () => calls('ask_human', { question: 'Which?' });
    await new AgentSteps(run, 'a').turn();
    await answer(`${run.id}:a:1`, { kind: 'retry', corrections: 1 });
    assert.equal((await node(run, 'a')).correctionsAllowed, 1);
  });

  it('raises the budget and releases the tasks that waited for it', async () => {
    const { run, blocker } = await red();
    const { pool } = bench().db;
    await pool.query('UPDATE runs SET budget_usd = 1.5 WHERE id = $1', [run.id]);
    await pool.query(`SELECT raise_blocker($1, NULL, 'budget', 'More?', NULL)`, [run.id]);
    await answer(blocker, { kind: 'hint' });
    assert.equal(await state(run, 'a'), 'waiting_on_run', 'it waits on the run for budget');
    await answer(`${run.id}:1`, { kind: 'money' }, '', 0.25);
    assert.equal(await state(run, 'a'), 'pending');
    const { rows } = await pool.query<{ budget: string }>(
      'SELECT budget_usd::float8 AS budget FROM runs WHERE id = $1',
      [run.id],
    );
    assert.deepEqual(rows, [{ budget: 1.75 }]);
    assert.equal((await run.events('blocker.resolved')).at(-1)?.data.answer, '--add-usd 0.25');
  });

  it('lands accepted work while the run waits for its budget', async () => {
    const { run, blocker } = await red();
    await bench().db.pool.query(`SELECT raise_blocker($1, NULL, 'budget', 'More?', NULL)`, [run.id]);
    assert.equal(await state(run, 'a'), 'blocked', 'its own question is open');
    await answer(blocker, { kind: 'accept' });
    assert.equal(await state(run, 'a'), 'ready');
    const { landed } = await run.record.land({
      runId: run.id,
      candidates: [{ taskId: taskId('a'), attempt: 1 }],
    });
    assert.deepEqual(landed, ['a']);
    assert.equal((await run.task('a')).status, 'completed');
  });

  it('accepts the finished branch as it is, even when verify fails', async () => {
    const run = await bench().start(
      { test: 'true', verify: 'false', tasks: [{ id: 'a', title: 'A' }] },
      FILES,
    );
    const agent = new AgentSteps(run, 'a');
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.untilReady();
    await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
    assert.equal((await run.view()).verify, null);
    assert.equal(await run.sandbox.verify({ runId: run.id }), false);
    assert.equal((await run.view()).verify, 'failed');
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.match(blocker?.question ?? '', /verify \(false\) is red on it/);
    await answer(blocker?.id ?? '', { kind: 'accept' });
    assert.equal(await run.sandbox.verify({ runId: run.id }), true);
  });

  it('takes effect once: the first choice stays, later answers are ignored', async () => {
    const { run, blocker } = await red();
    const given = await Promise.all([
      answer(blocker, { kind: 'skip' }),
      answer(blocker, { kind: 'skip' }),
      answer(blocker, { kind: 'skip' }),
    ]);
    assert.equal(given.filter(Boolean).length, 1);
    assert.equal(await answer(blocker, { kind: 'accept' }), false);
    assert.deepEqual(await statuses(run), ['skipped', 'skipped', 'skipped', 'pending']);
    assert.equal((await run.events('blocker.resolved')).length, 1);
    const { rows } = await bench().db.pool.query('SELECT choice FROM blockers WHERE id = $1', [blocker]);
    assert.deepEqual(rows, [{ choice: 'skip' }]);
  });
});
