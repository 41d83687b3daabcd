import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { listOpenBlockers } from '../../src/db/blockers.js';
import { readOwnTestsAtBase, readTestWarnings } from '../../src/db/tests-at-base.js';
import { readRunGraph } from '../../src/db/run-graph-view.js';
import { readRunStop } from '../../src/db/run-stop.js';
import { requireAnyRetryable } from '../../src/runs/control/retry.js';
import { greenTestWarnings } from '../../src/plan/own-test-warnings.js';
import { AgentSteps } from '../support/agent-steps.js';
import { writes } from '../support/answers.js';
import { useBench, type TestPlan } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';
import { allPids, commandLine } from '../support/process-table.js';

const FILES = { 'a.txt': 'a\n', 'check.sh': 'exit 0\n' };
const TASKS = [{ id: 'a', title: 'Do a' }];

describe('the check of the base, before any money is spent', () => {
  const bench = useBench();
  const check = async (plan: TestPlan, allowRedBase = false) => {
    const run = await bench().start(plan, FILES);
    if (allowRedBase)
      await bench().db.pool.query('UPDATE runs SET allow_red_base = true WHERE id = $1', [run.id]);
    const good = await run.sandbox.checkBase({ runId: run.id });
    return { run, good, stop: await readRunStop(bench().db, run.id) };
  };

  it('passes when the default test passes there', async () => {
    const { run, good, stop } = await check({ test: 'grep -q a a.txt', tasks: TASKS });
    assert.deepEqual([good, stop, (await run.view()).status], [true, null, 'running']);
  });

  it('stops the run when the default test fails there, and says how to fix it', async () => {
    const { run, good, stop } = await check({ test: 'echo broken; exit 1', tasks: TASKS });
    assert.equal(good, false);
    assert.equal(stop?.code, 'base_red');
    assert.match(stop.reason, /is red before anything was changed: .*broken.*--allow-red-base/);
    assert.match(stop.reason, / `leadwright run --dry-run` shows its output\.$/);
    assert.equal((await run.view()).status, 'failed');
    assert.throws(() => run.branch(), 'a run that did not start leaves no branch');
    const [event] = (await run.events('run.status')).slice(-1);
    assert.deepEqual(event?.data, { status: 'failed', from: 'running', reason: stop.reason });
    assert.equal(await run.sandbox.checkBase({ runId: run.id }), false, 'done twice');
    assert.equal((await run.events('run.status')).length, 2);
    await assert.rejects(
      requireAnyRetryable({ db: bench().db }, run.id),
      /was stopped before its tasks could start: `leadwright status .*` says why\. Start it again/,
    );
  });

  it('stops the run when the set-up fails there, and says so instead of blaming the test', async () => {
    const setup = 'echo no registry; exit 1';
    for (const plan of [
      { test: 'true', setup, tasks: TASKS },
      { test: 'true', setup, tasks: [{ id: 'a', title: 'A', test: 'grep a a.txt' }] },
      { setup, tasks: [{ id: 'a', title: 'A', test: '! grep a a.txt' }] },
    ]) {
      const { good, stop } = await check(plan, true);
      assert.deepEqual([good, stop?.code], [false, 'setup_failed']);
      assert.match(
        stop?.reason ?? '',
        /^The set-up \(echo no registry; exit 1\) failed, .*no registry.*network/,
      );
    }
  });

  it('keeps its first result, even when its set-up works by now', async () => {
    const fixed = `${bench().folder}/fixed`;
    const plan = { test: 'true', setup: `cat ${fixed}`, tasks: TASKS };
    const { run, good } = await check(plan);
    assert.equal(good, false);
    writeFileSync(fixed, '');
    assert.equal(await run.sandbox.checkBase({ runId: run.id }), false);
    assert.equal((await run.view()).status, 'failed');
  });

  it('accepts a red base with --allow-red-base, or when no task relies on the default test', async () => {
    assert.equal((await check({ test: 'false', tasks: TASKS }, true)).good, true);
    const own = [{ id: 'a', title: 'A', test: 'true' }];
    const { run, good } = await check({ test: 'false', tasks: own });
    assert.equal(good, true);
    assert.match(
      (await readTestWarnings(bench().db, run.id)).join(),
      /\(false\) is red at the base.*`verify`/,
    );
    const verified = await check({ test: 'false', verify: 'true', tasks: own });
    assert.doesNotMatch((await readTestWarnings(bench().db, verified.run.id)).join(), /red at the base/);
  });

  it('leaves the tasks’ own tests to their start, and lists those that passed there', async () => {
    const count = `${bench().folder}/count`;
    const own = (id: string, test: string) => ({ id, title: `Do ${id}`, test });
    const tasks = [
      ...TASKS,
      own('green', `echo x >> ${count}`),
      own('green-too', `echo x >> ${count}`),
      own('red', 'false'),
      own('empty', 'echo "  0 passing (1ms)"'),
      own('mistyped', 'true && pytst'),
    ];
    const { run, good } = await check({ test: 'true', tasks });
    assert.equal(good, true);
    assert.ok(!existsSync(count), 'no test of a single task delays the run');
    for (const { id } of tasks) await new AgentSteps(run, id).tryTest();
    assert.equal(readFileSync(count, 'utf8'), 'x\n', 'once for both tasks');
    const found = await readOwnTestsAtBase(bench().db, run.id);
    assert.deepEqual(
      found.map(({ taskId, passed }) => [taskId, passed]),
      [
        ['green', true],
        ['green-too', true],
        ['red', false],
        ['empty', false],
        ['mistyped', false],
      ],
    );
    assert.match(
      (await readTestWarnings(bench().db, run.id)).join(),
      /a task has a test of its own in which a command is not found\. .*: mistyped \(true && pytst\)/,
    );
    assert.match(
      greenTestWarnings(found).join(),
      /^2 tasks have tests of their own that are green before anything is done, .*: green \(echo/,
    );
  });

  it('records tasks whose test command matches no protected file, for status and the page', async () => {
    const own = { id: 'own', title: 'Own', test: 'test -e n.txt || true' };
    const { run } = await check({ test: 'true', tasks: [...TASKS, own] });
    const [warning = ''] = await readTestWarnings(bench().db, run.id);
    assert.match(warning, /no protected file/);
    const graph = await readRunGraph(bench().db, run.id, { dashboard: '', temporal: '' });
    assert.ok(graph?.warnings.includes(warning));
    const { run: lifted } = await check({ test: 'true', protect: [], tasks: TASKS });
    assert.deepEqual(await readTestWarnings(bench().db, lifted.id), []);
  });

  it('records which variables of the plan are not set where the worker runs', async () => {
    const { run } = await check({ test: 'true', protect: [], tasks: TASKS, env: ['PATH', 'SHOP_KEY'] });
    assert.deepEqual(await readTestWarnings(bench().db, run.id), [
      '1 variable that the plan names in `env` is not set where the worker runs (SHOP_KEY): set-up and tests run without',
    ]);
  });

  it('fails when no test ran', async () => {
    const { stop } = await check({ test: 'echo "  0 passing (1ms)"', tasks: TASKS });
    assert.match(stop?.reason ?? '', /is red before anything was changed: no test ran .*--allow-red-base/);
  });

  it('stops the run when the command of verify cannot be found, and does not run it', async () => {
    const { good, stop } = await check({ test: 'true', verify: 'no-such-verify --all', tasks: TASKS });
    assert.deepEqual([good, stop?.code], [false, 'command_not_found']);
    assert.match(
      stop?.reason ?? '',
      /^`verify` \(no-such-verify --all\) cannot run: no-such-verify was not found/,
    );
    // It may need what the tasks make: a script, or files that it reads.
    for (const verify of ['scripts/made-later.sh', 'cat made-later.txt', '! cat made-later.txt'])
      assert.deepEqual((await check({ test: 'true', verify, tasks: TASKS })).stop, null, verify);
  });

  it('stops the run when any test command cannot be found', async () => {
    for (const plan of [
      { test: 'no-such-command', tasks: TASKS },
      { test: 'true', tasks: [...TASKS, { id: 'b', title: 'B', test: 'no-such-command --all' }] },
    ]) {
      const { good, stop } = await check(plan, true);
      assert.deepEqual([good, stop?.code], [false, 'command_not_found']);
    }
  });
});

describe('verifying the finished branch', () => {
  const bench = useBench();
  const finished = async (plan: TestPlan) => {
    const run = await bench().start(plan, FILES);
    const agent = new AgentSteps(run, 'a');
    bench().answer = () => writes({ 'n.txt': 'n\n' });
    await agent.untilReady();
    const { tip } = await run.record.land({ runId: run.id, candidates: [agent.candidate()] });
    return { run, tip, verify: () => run.sandbox.verify({ runId: run.id }) };
  };

  it('runs the plan’s verify command on the tip', async () => {
    const { verify } = await finished({ test: 'true', verify: 'grep -q n n.txt', tasks: TASKS });
    assert.equal(await verify(), true);
  });

  it('raises one blocker on the run when it fails', async () => {
    const { run, verify } = await finished({ test: 'true', verify: 'echo no; exit 1', tasks: TASKS });
    assert.deepEqual([await verify(), await verify()], [false, false]);
    const blockers = await listOpenBlockers(bench().db, run.id);
    assert.deepEqual(
      blockers.map(({ taskId, reason }) => [taskId, reason]),
      [[null, 'verify']],
    );
    assert.match(blockers[0]?.question ?? '', /verify \(echo no; exit 1\) is red/);
    const shown = await readRunGraph(bench().db, run.id, { dashboard: '', temporal: null });
    const { command, passed, output } = shown?.failedVerify ?? assert.fail('the page shows its output');
    assert.deepEqual([command, passed, output], ['echo no; exit 1', false, 'no']);
  });

  it('shows its own verdict, not that of a later test with the same command', async () => {
    const { run, tip, verify } = await finished({ test: 'true', verify: 'cat n.txt; exit 1', tasks: TASKS });
    assert.equal(await verify(), false);
    // As of an attempt that failed the same command.
    await bench().db.pool.query(
      `INSERT INTO test_results (run_id, tree, command, environment, commit, passed, exit_code, not_found, ms, summary, output)
       SELECT run_id, tree, command, 'other', commit, false, 1, false, 1, 'later', 'later' FROM test_results
       WHERE run_id = $1 AND commit = $2 AND NOT passed`,
      [run.id, tip],
    );
    const shown = await readRunGraph(bench().db, run.id, { dashboard: '', temporal: null });
    assert.equal(shown?.failedVerify?.output, 'n');
  });

  it('publishes an unpublished tip, and asks when somebody else has moved the branch', async () => {
    const { run, tip, verify } = await finished({ test: 'true', tasks: TASKS });
    const ref = `refs/heads/leadwright/${run.id}`;
    run.repository.git('update-ref', ref, run.base);
    assert.equal(await verify(), true);
    assert.equal(run.branch(), tip);
    const theirs = run.repository.git('commit-tree', '-p', tip, '-m', 'mine', `${tip}^{tree}`);
    run.repository.git('update-ref', ref, theirs);
    assert.equal(await verify(), false);
    assert.equal(run.branch(), theirs);
    assert.equal((await listOpenBlockers(bench().db, run.id))[0]?.reason, 'branch');
  });

  it('publishes the branch again that was deleted while `verify` ran, and asks about one that was moved on', async () => {
    const plan = { test: 'true', verify: 'sleep 2.7182', tasks: TASKS };
    const isVerifying = () => allPids().some((pid) => commandLine(pid) === 'sleep\x002.7182\0');
    const { run, tip, verify } = await finished(plan);
    const ref = `refs/heads/leadwright/${run.id}`;
    const deleted = verify();
    await eventually(isVerifying, 'verify runs');
    run.repository.git('update-ref', '-d', ref);
    assert.equal(await deleted, true);
    assert.equal(run.branch(), tip);

    const other = await finished(plan);
    const moved = other.verify();
    await eventually(isVerifying, 'verify runs');
    const theirs = other.run.repository.git(
      'commit-tree',
      '-p',
      other.tip,
      '-m',
      'mine',
      `${other.tip}^{tree}`,
    );
    other.run.repository.git('update-ref', `refs/heads/leadwright/${other.run.id}`, theirs);
    assert.equal(await moved, false);
    assert.equal(other.run.branch(), theirs);
    assert.deepEqual(
      (await listOpenBlockers(bench().db, other.run.id)).map(({ reason }) => reason),
      ['branch'],
    );
  });

  it('asks when the branch is checked out somewhere', async () => {
    const { run, tip, verify } = await finished({ test: 'true', tasks: TASKS });
    const ref = `refs/heads/leadwright/${run.id}`;
    run.repository.git('update-ref', ref, run.base);
    const place = `${bench().folder}/work-tree`;
    run.repository.git('worktree', 'add', '--quiet', place, `leadwright/${run.id}`);
    assert.equal(await verify(), false);
    assert.match(
      (await listOpenBlockers(bench().db, run.id))[0]?.question ?? '',
      new RegExp(`checked out in ${place} and`),
    );
    run.repository.git('worktree', 'remove', '--force', place);
    assert.equal(await verify(), true);
    assert.equal(run.branch(), tip);
  });
});
