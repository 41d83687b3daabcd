import assert from 'node:assert/strict';
import { join } from 'node:path';
import { listOpenBlockers, recordAnswer } from '../../src/db/blockers.js';
import { readRun } from '../../src/db/task-record.js';
import { cancelRun, resumeCancelledRun } from '../../src/db/task-status.js';
import { UsageError } from '../../src/contract/errors.js';
import { blockerId, taskId, type CommitSha } from '../../src/contract/ids.js';
import { expandPage } from '../../src/contract/lean-page.js';
import { makeWork } from '../../src/runs/control/hand-in.js';
import { createEntry } from '../../src/workflows/task-entry.js';
import { AgentSteps } from '../support/agent-steps.js';
import { calls, lastText, submits, writes } from '../support/answers.js';
import { useBench, type TestPlan, type TestRun } from '../support/activity-bench.js';
import { TestRepository } from '../support/repository.js';

const PLAN: TestPlan = { test: '! grep -n bad n.txt', tasks: [{ id: 'a', title: 'Do a' }] };

/** A person's commit in place of an agent's work: its effect on the record, the lead and the agent. */
describe('a commit that is handed in', () => {
  const bench = useBench();
  const node = async (run: TestRun) => {
    const page = await run.record.loadGraph({ runId: run.id, after: 0, only: [taskId('a')] });
    return expandPage(page)[0] ?? assert.fail();
  };

  /** A task that is blocked after red tests, and the commit that a person hands in for its blocker. */
  async function handIn(content: string) {
    const run = await bench().start(PLAN, { 'test/guard.test.txt': 'guard\n' });
    const agent = new AgentSteps(run, 'a');
    bench().answer = () => writes({ 'n.txt': 'bad\n' });
    assert.equal(await agent.turn(), 'test');
    assert.equal(await agent.test(await agent.submitted(), 0), 'blocked');
    await answer(
      run,
      `${run.id}:a:1`,
      run.repository.commit({ 'n.txt': content, 'test/guard.test.txt': 'changed\n' }),
    );
    return { run, agent };
  }
  async function answer(run: TestRun, blocker: string, commit: CommitSha) {
    const { db, context } = bench();
    const user = { gitDir: `${run.repository.root}/.git`, commit, isCheckout: false };
    const work = await makeWork(context.store, await readRun(db, run.id), user, 'ada');
    const choice = { kind: 'commit', name: 'mine', work } as const;
    await recordAnswer(db, blockerId(blocker), { by: 'ada', choice, text: '', addUsd: 0 });
  }
  /** Goes on as the task's next workflow does. */
  async function goOn(run: TestRun, agent: AgentSteps) {
    const { progress } = await node(run);
    assert.ok(progress?.work);
    const { kind, attempts, turns, work } = progress;
    Object.assign(agent, { kind, attempts, turns, work });
    return { kind, work };
  }
  /** Tests it as the task's next workflow does. */
  async function test(run: TestRun, agent: AgentSteps) {
    const { kind, work } = await goOn(run, agent);
    assert.equal(kind, 'handed_in');
    const input = agent.testInput(work.draft);
    const { next } = await run.sandbox.test(input);
    return { next, repeat: () => run.sandbox.test(input) };
  }

  /** A red commit, after which a person gives the agent a hint. */
  async function handInAndHint() {
    const { run, agent } = await handIn('bad too\n');
    await test(run, agent);
    await recordAnswer(bench().db, blockerId(`${run.id}:a:2`), {
      ...{ by: 'ada', choice: { kind: 'hint' }, text: 'Write good', addUsd: 0 },
    });
    return { run, agent, ...(await goOn(run, agent)) };
  }

  it('is tested, may change protected files, and lands with its tree', async () => {
    const { run, agent } = await handIn('good\n');
    assert.equal(createEntry(await node(run)).state, 'pending', 'a workflow tests it');
    assert.equal((await test(run, agent)).next, 'land');
    assert.equal((await run.task('a')).status, 'in_progress');
    assert.equal(createEntry(await node(run)).state, 'ready', 'another lead lands it');
    const { landed, tip } = await run.record.land({
      runId: run.id,
      candidates: [{ taskId: taskId('a'), attempt: 2 }],
    });
    assert.deepEqual(landed, ['a']);
    assert.equal(await run.text(tip, 'test/guard.test.txt'), 'changed\n');
    const task = await run.task('a');
    assert.deepEqual(
      [task.status, task.verdict, task.attempts, task.corrections],
      ['completed', 'passed', 2, 0],
    );
    assert.match(task.output, /^Handed in by ada: A change/);
  });

  it('is tested and lands while the run waits for its budget', async () => {
    const { run, agent } = await handIn('good\n');
    await bench().db.pool.query(`SELECT raise_blocker($1, NULL, 'budget', 'More?', NULL)`, [run.id]);
    assert.equal(createEntry(await node(run)).state, 'pending', 'a workflow tests it');
    assert.equal((await test(run, agent)).next, 'land');
    const candidates = [{ taskId: taskId('a'), attempt: 2 }];
    assert.deepEqual((await run.record.land({ runId: run.id, candidates })).landed, ['a']);
  });

  it('raises one blocker when it is red, also when its test is repeated', async () => {
    const { run, agent } = await handIn('bad too\n');
    const { next, repeat } = await test(run, agent);
    assert.equal(next, 'blocked');
    await repeat();
    const [blocker, ...others] = await listOpenBlockers(bench().db, run.id);
    assert.deepEqual([blocker?.id, blocker?.reason, others.length], [`${run.id}:a:2`, 'tests_failed', 0]);
    await answer(run, `${run.id}:a:2`, run.repository.commit({ 'n.txt': 'good\n' }));
    assert.equal((await test(run, agent)).next, 'land');
  });

  it('is what the agent goes on from after a hint', async () => {
    const { run, agent, work } = await handInAndHint();
    assert.equal(await run.text(work.draft, 'n.txt'), 'bad too\n');
    let told = '';
    bench().answer = (request) => {
      told = lastText(request);
      return submits({ path: 'n.txt', action: 'modify', edits: [{ search: 'bad too', replace: 'good' }] });
    };
    await agent.untilReady();
    assert.match(told, /Write good[^]*A person has handed in a commit of their own[^]*failed/i);
    const candidates = [{ taskId: taskId('a'), attempt: 3 }];
    const { landed, tip } = await run.record.land({ runId: run.id, candidates });
    assert.deepEqual(landed, ['a']);
    assert.equal(await run.text(tip, 'n.txt'), 'good\n');
    assert.equal(await run.text(tip, 'test/guard.test.txt'), 'changed\n', 'what the person changed stays');
  });

  it('stays what the agent goes on from when that fails in the same way', async () => {
    const { run, agent } = await handInAndHint();
    bench().answer = () => writes({ 'other.txt': 'no help\n' });
    assert.equal(await agent.turn(), 'test');
    assert.equal(await agent.test(await agent.submitted()), 'correct');
    const next = (await node(run)).progress?.work ?? assert.fail();
    assert.equal(await run.text(next.draft, 'n.txt'), 'bad too\n');
  });

  it('is refused when it changes nothing, as HEAD does in the wrong folder, and the blocker stays open', async () => {
    const run = await bench().start(PLAN, {});
    const agent = new AgentSteps(run, 'a');
    bench().answer = () => writes({ 'n.txt': 'bad\n' });
    assert.equal(await agent.turn(), 'test');
    assert.equal(await agent.test(await agent.submitted(), 0), 'blocked');
    await assert.rejects(
      answer(run, `${run.id}:a:1`, run.repository.head()),
      (error: Error) =>
        error instanceof UsageError &&
        error.message.includes(`changes nothing on top of leadwright/${run.id}`) &&
        /commit your work.*--accept/i.test(error.message),
    );
    assert.equal((await listOpenBlockers(bench().db, run.id)).length, 1);
    assert.equal((await run.task('a')).status, 'blocked');
  });

  it('waits with its run when that is cancelled, and comes back with it', async () => {
    const { run, agent } = await handIn('good\n');
    await cancelRun(bench().db, run.id);
    assert.equal((await run.task('a')).status, 'cancelled');
    assert.equal(await resumeCancelledRun(bench().db, run.id), true);
    assert.equal(await resumeCancelledRun(bench().db, run.id), false);
    assert.deepEqual([(await run.view()).status, (await run.task('a')).status], ['running', 'pending']);
    assert.equal((await test(run, agent)).next, 'land');
  });

  it('keeps what has landed since, when it was made in a checkout', async () => {
    const { store } = bench().context;
    const run = await bench().start(
      { ...PLAN, tasks: ['first', 'a', 'mover'].map((id) => ({ id, title: id })) },
      {},
    );
    const land = async (id: string, start: CommitSha, files: Readonly<Record<string, string | null>>) => {
      const agent = new AgentSteps(run, id);
      agent.startFrom(start);
      bench().answer = ({ body }) =>
        body.messages.length === 1 ? calls('read_file', { path: 'old.txt' }) : submits(...changesOf(files));
      assert.equal(await agent.turn(), 'continue');
      await agent.untilReady();
      const { tip } = await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
      return tip;
    };
    const start = await land('first', run.base, { 'old.txt': 'moved\n' });
    const agent = new AgentSteps(run, 'a');
    agent.startFrom(start);
    bench().answer = () => writes({ 'n.txt': 'bad\n' });
    assert.equal(await agent.turn(), 'test');
    const draft = await agent.submitted();
    assert.equal(await agent.test(draft, 0), 'blocked');
    const tip = await land('mover', start, { 'old.txt': null, 'new.txt': 'moved\n' });

    const folder = join(bench().folder, 'checkout');
    const config = {
      'remote.origin.url': run.repository.root,
      'remote.origin.fetch': '+refs/heads/*:refs/remotes/origin/*',
    };
    await store.checkOut(draft, folder, { config });
    const checkout = new TestRepository(folder);
    const handInFrom = async (commit: CommitSha) => {
      const user = { gitDir: join(folder, '.git'), commit, isCheckout: true };
      return makeWork(store, await readRun(bench().db, run.id), user, 'ada');
    };
    const work = await handInFrom(checkout.commit({ 'n.txt': 'good\n' }));
    assert.deepEqual([work.start, work.files], [tip, ['n.txt']]);
    assert.equal(await run.text(work.commit, 'old.txt'), null);
    assert.equal(await run.text(work.commit, 'new.txt'), 'moved\n');

    const conflict = checkout.commit({ 'new.txt': 'mine\n' });
    const advice = `git fetch origin && git rebase origin/leadwright/${run.id}`;
    await assert.rejects(handInFrom(conflict), ({ message }: Error) => message.endsWith(advice));
    checkout.git('fetch', '--quiet', 'origin');
    checkout.git('rebase', '--quiet', '--strategy-option=theirs', `origin/leadwright/${run.id}`);
    const rebased = await handInFrom(checkout.head());
    assert.deepEqual([rebased.start, rebased.files], [tip, ['n.txt', 'new.txt']]);
  });
});

const changesOf = (files: Readonly<Record<string, string | null>>) =>
  Object.entries(files).map(([path, content]) =>
    content === null ? { path, action: 'delete' as const } : { path, action: 'create' as const, content },
  );
