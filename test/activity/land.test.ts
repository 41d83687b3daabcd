import assert from 'node:assert/strict';
import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import { cancelRun } from '../../src/activities/cancel-run.js';
import { publishRunBranch } from '../../src/activities/support/publish-branch.js';
import { askAboutRun, listOpenBlockers } from '../../src/db/blockers.js';
import { readRun } from '../../src/db/task-record.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import { KeptBorrowedFolders } from '../../src/git/user/kept-borrowed-folders.js';
import type { Answer } from '../../src/model/scripted/script.js';
import { expandPage } from '../../src/contract/lean-page.js';
import { AgentSteps, requeuedIn } from '../support/agent-steps.js';
import { calls, edits, lastText, submits, writes } from '../support/answers.js';
import { officialServer } from '../support/mcp-servers.js';
import { activityEnvironment, useBench, type TestPlan, type TestRun } from '../support/activity-bench.js';

const FILES = { 'a.txt': 'a\n', 'b.txt': 'b\n', 'shared.txt': '1\n2\n3\n4\n5\n' };
const TASKS = ['one', 'two', 'three'].map((id) => ({ id, title: `Do ${id}` }));
const PLAN: TestPlan = { test: 'true', tasks: TASKS };

describe('landing', () => {
  const bench = useBench();
  const begin = async (plan: TestPlan = PLAN) => {
    const run = await bench().start(plan, FILES);
    const land = (...agents: readonly AgentSteps[]) =>
      run.record.land({ runId: run.id, candidates: agents.map((agent) => agent.candidate()) });
    /** Takes a task from the base to a candidate for landing. */
    const ready = async (id: string, files: Record<string, string>) => {
      const agent = new AgentSteps(run, id);
      bench().answer = ({ body }) =>
        body.messages.length === 1 ? reads(Object.keys(files)) : submits(...modified(files));
      assert.equal(await agent.turn(), 'continue');
      await agent.untilReady();
      return agent;
    };
    return { run, land, ready };
  };
  /** Tests the merges that a landing asks for, as the merge queue does. */
  const testMerges = (run: TestRun, untested: Awaited<ReturnType<TestRun['record']['land']>>['untested']) =>
    Promise.all(
      untested.map((merge) => run.sandbox.testMerge({ runId: run.id, ...merge, timeoutMs: 10_000 })),
    );

  it('puts a finished task on the branch in one commit, in the store and in the user’s repository', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'a.txt': 'A\n' });
    const { tip, landed, requeued, untested } = await land(one);
    assert.deepEqual([landed, requeued, untested], [['one'], [], []]);
    assert.equal(run.branch(), tip);
    assert.equal(run.repository.git('show', `${tip}:a.txt`), 'A');
    assert.equal(run.repository.git('rev-list', '--count', `${run.base}..${tip}`), '1');
    assert.match(
      run.repository.git('log', '-1', '--format=%an%n%B', tip),
      /^Leadwright\nDo one\n[^]*Run: .*\nTask: one\nAttempt: 1/,
    );
    assert.equal(run.repository.git('status', '--porcelain'), '', 'the work tree stays as it was');
    const task = await run.task('one');
    assert.deepEqual(
      [task.status, task.commit, task.filesModified, task.output],
      ['completed', tip, ['a.txt'], 'Done as asked.'],
    );
    assert.equal((await run.view()).commit, tip);
  });

  it('lands once when repeated, and publishes what was not published', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'a.txt': 'A\n' });
    const first = await land(one);
    run.repository.git('update-ref', `refs/heads/leadwright/${run.id}`, run.base);
    assert.deepEqual(await land(one), first);
    assert.equal(run.branch(), first.tip);
    assert.equal((await run.events('merge.finished')).length, 1);
  });

  it('publishes what a killed attempt recorded, also while the run is paused', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'a.txt': 'A\n' });
    const { tip } = await land(one);
    run.repository.git('update-ref', `refs/heads/leadwright/${run.id}`, run.base);
    await run.record.reportRun({ runId: run.id, status: 'paused' });
    await assert.rejects(land(one), /The run is paused/);
    assert.equal(run.branch(), tip);
  });

  describe('of the last tasks', () => {
    const completing = (run: TestRun, ...agents: readonly AgentSteps[]) =>
      run.record.land({
        runId: run.id,
        candidates: agents.map((agent) => agent.candidate()),
        completesRun: true,
      });
    const verified = async (run: TestRun) => (await run.view()).verify;
    const countTests = async (run: TestRun) =>
      (await bench().db.pool.query('SELECT FROM test_results WHERE run_id = $1', [run.id])).rowCount;
    const only = (plan: Partial<TestPlan>): TestPlan => ({ ...PLAN, tasks: TASKS.slice(0, 1), ...plan });

    it('records that the branch has passed `verify` when its tree has passed that command, and runs nothing', async () => {
      const { run, ready } = await begin(only({}));
      const one = await ready('one', { 'a.txt': 'A\n' });
      const tests = await countTests(run);
      const first = await completing(run, one);
      assert.deepEqual([first.verified, await verified(run)], [true, 'passed']);
      assert.deepEqual(await completing(run, one), first, 'a repetition has the same result');
      assert.equal(await countTests(run), tests);
    });

    it('leaves a `verify` that has not run on the tree to the check of the branch', async () => {
      for (const verify of ['test -e a.txt', 'false']) {
        const { run, ready } = await begin(only({ verify }));
        const { verified: isVerified } = await completing(run, await ready('one', { 'a.txt': 'A\n' }));
        assert.deepEqual([isVerified, await verified(run)], [false, null]);
      }
    });

    it('leaves the branch to its check when tasks are open, or when a person was asked about the run', async () => {
      const { run, land, ready } = await begin();
      const one = await ready('one', { 'a.txt': 'A\n' });
      assert.equal((await land(one)).verified, false);
      await askAboutRun(bench().db, bench().context.worker.id, run.id, {
        reason: 'verify',
        question: 'Red?',
      });
      assert.equal((await completing(run, one)).verified, false);
      assert.equal(await verified(run), null);
    });

    it('does not replace the verdict of a check that has failed on the same tip', async () => {
      const { run, ready } = await begin(only({}));
      const one = await ready('one', { 'a.txt': 'A\n' });
      await completing(run, one);
      // As by a worker with another environment.
      await bench().db.pool.query('UPDATE runs SET verified = false WHERE id = $1', [run.id]);
      assert.equal((await completing(run, one)).verified, false);
      assert.equal(await verified(run), 'failed');
    });

    it('leaves a branch that cannot be moved to its check', async () => {
      const { run, ready } = await begin(only({}));
      const one = await ready('one', { 'a.txt': 'A\n' });
      const tree = run.repository.git('rev-parse', `${run.base}^{tree}`);
      const foreign = run.repository.git('commit-tree', tree, '-m', 'another');
      run.repository.git('update-ref', `refs/heads/leadwright/${run.id}`, foreign);
      const { asked, verified: isVerified } = await completing(run, one);
      assert.deepEqual([asked, isVerified, await verified(run)], [true, false, null]);
    });
  });

  it('merges tasks with disjoint changes without a test, several at once, one commit each', async () => {
    const { run, land, ready } = await begin();
    const agents = [
      await ready('one', { 'a.txt': 'A\n' }),
      await ready('two', { 'b.txt': 'B\n' }),
      await ready('three', { 'new.txt': 'N\n' }),
    ];
    const { tip, landed, untested } = await land(...agents);
    assert.deepEqual([landed, untested], [['one', 'two', 'three'], []]);
    assert.equal(run.repository.git('rev-list', '--count', '--first-parent', `${run.base}..${tip}`), '3');
    assert.deepEqual(
      [await run.text(tip, 'a.txt'), await run.text(tip, 'b.txt'), await run.text(tip, 'new.txt')],
      ['A\n', 'B\n', 'N\n'],
    );
  });

  it('requeues a conflicting task, with a draft that keeps its changes to other files', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'shared.txt': '1\n2\nthree of one\n4\n5\n' });
    const two = await ready('two', {
      'shared.txt': '1\n2\nthree of two\n4\n5\n',
      'a.txt': 'A\n',
      'new.txt': 'N\n',
    });
    const landing = await land(one, two);
    assert.deepEqual([landing.landed, requeuedIn(landing)], [['one'], ['two']]);
    assert.deepEqual((await run.events('merge.finished')).at(-1)?.data, {
      outcome: 'conflict',
      files: ['shared.txt'],
    });
    const repeated = await land(two);
    assert.deepEqual(repeated.requeued, landing.requeued, 'a repetition has the same result');
    two.rebase(landing);
    const { start, draft } = two.work;
    assert.equal(start, landing.tip);
    assert.deepEqual(await run.changed(start, draft), ['a.txt', 'new.txt']);
    assert.equal(run.repository.git('rev-parse', `refs/heads/leadwright/${run.id}`), start);

    let told = '';
    bench().answer = (request) => {
      told = lastText(request);
      return calls('edit_files', {
        files: [
          {
            path: 'shared.txt',
            action: 'modify',
            edits: [{ search: 'three of one', replace: 'three of one and two' }],
          },
        ],
      });
    };
    assert.equal(await two.turn(), 'continue');
    assert.match(told, /^Merge conflict: other work landed meanwhile \("Do one"\)/);
    assert.match(told, /"a\.txt", "new\.txt"/);
    const [, hunk] = /<material.*>\n([^]*)\n<\/material/.exec(told) ?? [];
    assert.equal(
      hunk,
      '1\n2\n<<<<<<< what landed\nthree of one\n=======\nthree of two\n>>>>>>> your change\n4\n5\n',
    );
    bench().answer = () => calls('submit_changes', { explanation: 'Both.' });
    await two.untilReady();
    const again = await land(two);
    assert.deepEqual(again.landed, ['two']);
    assert.equal(run.repository.git('rev-list', '--count', `${start}..${again.tip}`), '1');
    assert.equal(await run.text(again.tip, 'shared.txt'), '1\n2\nthree of one and two\n4\n5\n');
    assert.deepEqual(await run.changed(start, again.tip), ['a.txt', 'new.txt', 'shared.txt']);
    const { attempts, corrections } = await run.task('two');
    assert.deepEqual([attempts, corrections], [2, 0], 'a conflict costs no correction');
  });

  for (const [what, landed, added] of [
    ['file', 'new/Button.txt', 'new/button.txt'],
    ['folder', 'new/Button/a.txt', 'new/button/b.txt'],
  ] as const)
    it(`requeues a new ${what} whose name differs from one that landed only in its case, and names both`, async () => {
      const { run, land, ready } = await begin();
      const one = await ready('one', { [landed]: 'B\n' });
      const two = await ready('two', { [added]: 'b\n', 'a.txt': 'A\n' });
      const three = await ready('three', { 'new/other.txt': 'o\n' });
      const landing = await land(one, two, three);
      assert.deepEqual([landing.landed, requeuedIn(landing)], [['one', 'three'], ['two']]);
      assert.deepEqual((await run.events('merge.finished')).find(({ taskId }) => taskId === 'two')?.data, {
        outcome: 'conflict',
        files: [added],
      });
      two.rebase(landing);
      assert.deepEqual(await run.changed(two.work.start, two.work.draft), ['a.txt']);
      let told = '';
      bench().answer = (request) => {
        told = lastText(request);
        return submits({ path: 'new/another.txt', action: 'create', content: 'b\n' });
      };
      await two.untilReady();
      assert.match(told, /^Merge conflict: other work landed meanwhile \("Do one"\)/);
      const name = what === 'file' ? landed : 'new/Button';
      assert.ok(told.includes(`${JSON.stringify(added)}: `), told);
      assert.ok(told.includes(`differs only in spelling from ${JSON.stringify(name)}`), told);
      assert.deepEqual((await land(two)).landed, ['two']);
    });

  it('keeps what landed in a file that the requeued agent knows from before', async () => {
    const { run, land, ready } = await begin();
    const landed = { 'b.txt': 'b, and what one did\n', 'shared.txt': '1\n2\nthree of one\n4\n5\n' };
    const one = await ready('one', landed);
    const two = new AgentSteps(run, 'two');
    const own = modified({ 'shared.txt': '1\n2\nthree of two\n4\n5\n' });
    bench().answer = ({ body }) =>
      body.messages.length === 1 ? reads(['b.txt', 'shared.txt']) : submits(...own);
    await two.turn();
    await two.untilReady();
    two.rebase(await land(one, two));

    const blind = modified({ 'b.txt': 'b\ntwo\n' });
    const both = modified({ 'shared.txt': '1\n2\nthree of one and two\n4\n5\n' });
    const informed = modified({ 'b.txt': 'b, and what one did\ntwo\n' });
    const again = modified({ 'b.txt': 'b, and what one did\ntwo again\n' });
    const answers = [
      edits(...blind, ...both),
      submits(...blind),
      { tools: [...(reads(['b.txt']).tools ?? []), ...(edits(...blind).tools ?? [])] },
      edits(...informed),
      edits(...again),
      submits(),
    ];
    const told: string[] = [];
    bench().answer = (request) => {
      told.push(lastText(request));
      return answers[told.length - 1] ?? assert.fail('no answer left');
    };
    const steps = [];
    while (told.length < answers.length) steps.push(await two.turn());
    assert.deepEqual(steps, ['continue', 'continue', 'continue', 'continue', 'continue', 'test']);
    const refused =
      /"b\.txt": it has changed since it was shown to you, .*; read all of it as it is now, in parts if it is long, or use edits/;
    assert.match(told[1] ?? '', /^Changed shared\.txt\./, 'the conflict showed the whole of it');
    assert.match(told[1] ?? '', refused);
    assert.match(told[2] ?? '', refused);
    assert.match(told[3] ?? '', refused, 'the answer that reads it has not seen it yet');
    assert.match(told[4] ?? '', /^Changed b\.txt\./);
    assert.match(told[5] ?? '', /^Changed b\.txt\./, 'it knows what it wrote');
    const commit = await two.submitted();
    assert.equal(await run.text(commit, 'b.txt'), 'b, and what one did\ntwo again\n');
  });

  it('counts a conflicting file as shown, also where it moved to', async () => {
    const { run, land } = await begin();
    const one = new AgentSteps(run, 'one');
    const two = new AgentSteps(run, 'two');
    const lines = 'one\n2\n3\n4\n5\n';
    bench().answer = () => submits({ path: 'moved.txt', from: 'shared.txt', action: 'move', content: lines });
    bench().answer = ({ body }) =>
      body.messages.length === 1
        ? reads(['shared.txt'])
        : submits({ path: 'moved.txt', from: 'shared.txt', action: 'move', content: lines });
    await one.turn();
    await one.untilReady();
    bench().answer = ({ body }) =>
      body.messages.length === 1
        ? reads(['shared.txt'])
        : submits(...modified({ 'shared.txt': 'two\n2\n3\n4\n5\n' }));
    await two.turn();
    await two.untilReady();
    const landing = await land(one, two);
    two.rebase(landing);
    assert.equal(two.work.draft, landing.tip, 'nothing of the work is left');
    assert.equal(await run.text(landing.tip, 'moved.txt'), lines);
    // The conflict shows a part of the file.
    const asEdits = [{ search: 'one', replace: 'one and two' }];
    bench().answer = () => submits({ path: 'moved.txt', action: 'modify', edits: asEdits });
    await two.untilReady();
    assert.deepEqual((await land(two)).landed, ['two']);
  });

  it('keeps what landed in a file that the conflicting task moved', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'shared.txt': 'one\n2\n3\n4\n5\n' });
    const two = new AgentSteps(run, 'two');
    bench().answer = ({ body }) =>
      body.messages.length === 1
        ? reads(['shared.txt'])
        : submits(
            { path: 'moved.txt', from: 'shared.txt', action: 'move', content: 'two\n2\n3\n4\n5\n' },
            { path: 'new.txt', action: 'create', content: 'N\n' },
          );
    await two.turn();
    await two.untilReady();
    const landing = await land(one, two);
    two.rebase(landing);
    assert.deepEqual(await run.changed(landing.tip, two.work.draft), ['new.txt']);
  });

  it('tells in words about files that cannot be merged line by line, and hides secrets', async () => {
    const secret = 'ghp_' + 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8';
    const { run, land, ready } = await begin();
    const one = new AgentSteps(run, 'one');
    bench().answer = ({ body }) =>
      body.messages.length === 1
        ? reads(['a.txt', 'b.txt'])
        : submits({ path: 'a.txt', action: 'delete' }, ...modified({ 'b.txt': `key ${secret}\n` }));
    await one.turn();
    await one.untilReady();
    const two = await ready('two', { 'a.txt': 'A\n', 'b.txt': 'B\n' });
    two.rebase(await land(one, two));
    bench().answer = () => submits();
    await two.turn();
    const told = lastText(bench().model.requests.at(-1) ?? assert.fail());
    assert.match(told, /"a\.txt": what landed moved or deleted it, and you changed it\./);
    assert.match(told, /<<<<<<< what landed\nkey \[redacted:/);
    assert.ok(!told.includes(secret));
    assert.equal(await run.text(two.work.draft, 'a.txt'), null);
  });

  it('has the record of a requeued task lead to its draft', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'a.txt': 'one\n' });
    const two = await ready('two', { 'a.txt': 'two\n', 'b.txt': 'B\n' });
    two.rebase(await land(one, two));
    const page = expandPage(await run.record.loadGraph({ runId: run.id, after: 0 }));
    assert.deepEqual(page.find(({ id }) => id === 'two')?.progress?.work, two.work);
    assert.equal(page.find(({ id }) => id === 'two')?.progress?.kind, 'rebase');
  });

  it('tests the merged tree first when a landed task touched a file that the task changed', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'shared.txt': 'I\n2\n3\n4\n5\n' });
    const two = await ready('two', { 'shared.txt': '1\n2\n3\n4\nV\n' });
    const { landed, untested } = await land(one, two);
    assert.deepEqual([landed, untested.map(({ taskId }) => taskId)], [['one'], ['two']]);
    await testMerges(run, untested);
    const again = await land(two);
    assert.deepEqual([again.landed, again.untested], [['two'], []]);
    assert.equal(await run.text(again.tip, 'shared.txt'), 'I\n2\n3\n4\nV\n');
  });

  it('tests the merged tree also when the task was only shown the file', async () => {
    const { land, ready, run } = await begin();
    const one = await ready('one', { 'a.txt': 'A\n' });
    const two = new AgentSteps(run, 'two');
    bench().answer = ({ body }) =>
      body.messages.length === 1 ? calls('search', { pattern: '^a$' }) : writes({ 'n.txt': 'n\n' });
    await two.turn();
    await two.untilReady();
    assert.deepEqual(
      (await land(one, two)).untested.map(({ taskId }) => taskId),
      ['two'],
    );
  });

  for (const [kind, which, expected] of [
    ['sandboxed', 'sees the files, whichever they were', ['two']],
    ['trusted', 'sees no files', []],
  ] as const) {
    it(`${expected.length > 0 ? 'tests' : 'does not test'} the merged tree when the task called an MCP server that ${which}`, async () => {
      const files = { command: officialServer('filesystem'), args: ['.'], trusted: kind === 'trusted' };
      const tasks = TASKS.map((task) => ({ ...task, mcp: ['files'] }));
      const { land, ready, run } = await begin({ ...PLAN, mcp: { files }, tasks });
      assert.ok(await run.sandbox.checkBase({ runId: run.id }));
      const one = await ready('one', { 'a.txt': 'A\n' });
      const two = new AgentSteps(run, 'two');
      bench().answer = ({ body }) =>
        body.messages.length === 1
          ? calls('files__read_text_file', { path: 'a.txt' })
          : writes({ 'n.txt': 'n\n' });
      await two.turn();
      await two.untilReady();
      assert.deepEqual(
        (await land(one, two)).untested.map(({ taskId }) => taskId),
        expected,
      );
    });
  }

  const policies: [NonNullable<TestPlan['retest']>, string, string[]][] = [
    ['always', 'disjoint', ['two']],
    ['end', 'overlapping', []],
  ];
  for (const [retest, which, expected] of policies) {
    it(`with \`retest: ${retest}\` ${expected.length > 0 ? 'tests' : 'does not test'} ${which} work`, async () => {
      const { land, ready } = await begin({ ...PLAN, retest });
      const one = await ready('one', { 'shared.txt': 'I\n2\n3\n4\n5\n' });
      const two = await ready(
        'two',
        which === 'disjoint' ? { 'b.txt': 'B\n' } : { 'shared.txt': '1\n2\n3\n4\nV\n' },
      );
      assert.deepEqual(
        (await land(one, two)).untested.map(({ taskId }) => taskId),
        expected,
      );
    });
  }

  it('requeues a task whose merge fails its test, and merges those behind it anew', async () => {
    const test = '! { grep -q I shared.txt && grep -q V shared.txt; }';
    const { run, land, ready } = await begin({ ...PLAN, test, retest: 'always' });
    const one = await ready('one', { 'shared.txt': 'I\n2\n3\n4\n5\n' });
    const two = await ready('two', { 'shared.txt': '1\n2\n3\n4\nV\n' });
    const three = await ready('three', { 'b.txt': 'B\n' });
    const first = await land(one, two, three);
    assert.deepEqual(
      [first.landed, first.untested.map(({ taskId }) => taskId)],
      [['one'], ['two', 'three']],
      'both merges are tested at the same time, the second on top of the first',
    );
    await testMerges(run, first.untested);
    const second = await land(two, three);
    assert.deepEqual([second.landed, requeuedIn(second)], [[], ['two']]);
    assert.deepEqual(
      second.untested.map(({ taskId }) => taskId),
      ['three'],
    );
    await testMerges(run, second.untested);
    const third = await land(three);
    assert.deepEqual(third.landed, ['three']);
    assert.equal(await run.text(third.tip, 'shared.txt'), 'I\n2\n3\n4\n5\n');
    two.rebase(second);
    assert.equal(await run.text(two.work.draft, 'shared.txt'), 'I\n2\n3\n4\nV\n', 'the merged tree');
    let told = '';
    bench().answer = (request) => {
      told = lastText(request);
      return submits({
        path: 'shared.txt',
        action: 'modify',
        edits: [{ search: 'V', replace: '5' }],
      });
    };
    await two.untilReady();
    assert.match(told, /^The merged tree failed its tests .*\("Do one"\)/);
    assert.deepEqual((await land(two)).landed, ['two']);
  });

  it('completes a task with an empty submission without a commit', async () => {
    const { run, land } = await begin();
    const one = new AgentSteps(run, 'one');
    bench().answer = () => submits();
    await one.untilReady();
    const { tip, landed } = await land(one);
    assert.deepEqual([tip, landed], [run.base, ['one']]);
    const { status, commit } = await run.task('one');
    assert.deepEqual([status, commit], ['completed', null]);
  });

  it('leaves alone a branch that somebody else moved, and asks', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'a.txt': 'A\n' });
    const theirs = run.repository.git('commit-tree', '-p', run.base, '-m', 'mine', `${run.base}^{tree}`);
    run.repository.git('update-ref', `refs/heads/leadwright/${run.id}`, theirs);
    const { landed, asked } = await land(one);
    assert.deepEqual([landed, asked], [['one'], true], 'the lead is told that a person is asked');
    assert.equal(run.branch(), theirs);
    assert.deepEqual(
      (await listOpenBlockers(bench().db, run.id)).map(({ taskId, reason }) => [taskId, reason]),
      [[null, 'branch']],
    );
  });

  it('names the repository that was moved, and asks', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'a.txt': 'A\n' });
    const { root } = run.repository;
    renameSync(root, `${root}-moved`);
    try {
      assert.equal((await land(one)).asked, true);
    } finally {
      renameSync(`${root}-moved`, root);
    }
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.equal(blocker?.reason, 'branch');
    const named = blocker.question.includes(`the folder ${join(root, '.git')} does not exist on`);
    assert.ok(named, blocker.question);
  });

  it('waits for a lock of its branch without asking, and removes one that a killed git left behind', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'a.txt': 'A\n' });
    const lock = join(run.repository.root, '.git', 'refs', 'heads', 'leadwright', `${run.id}.lock`);
    writeFileSync(lock, '');
    await assert.rejects(land(one), /is locked/);
    assert.deepEqual(await listOpenBlockers(bench().db, run.id), []);
    const longAgo = new Date(Date.now() - 3_600_000);
    utimesSync(lock, longAgo, longAgo);
    const { tip, asked } = await land(one);
    assert.deepEqual([run.branch(), asked], [tip, false]);
  });

  it('asks when the store has lost the tip, and the run can be cancelled', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'a.txt': 'A\n' });
    await land(one);
    const lost = '1'.repeat(40);
    await bench().db.pool.query('UPDATE runs SET tip = $2 WHERE id = $1', [run.id, lost]);
    assert.equal((await land(one)).asked, true);
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.equal(blocker?.reason, 'branch');
    assert.ok(blocker.question.includes(`the git store has no commit ${lost}`), blocker.question);
    await run.record.cancelRun({ runId: run.id });
    assert.equal((await run.view()).status, 'cancelled');
  });

  it('is no condition of a cancellation: after a while it is recorded without', async () => {
    const { run, ready } = await begin();
    const one = await ready('one', { 'a.txt': 'A\n' });
    const git = join(run.repository.root, '.git');
    const lock = join(git, 'refs', 'heads', 'leadwright', `${run.id}.lock`);
    writeFileSync(lock, '');
    await assert.rejects(run.record.land({ runId: run.id, candidates: [one.candidate()] }), /is locked/);
    const cancel = (attempt: number) =>
      activityEnvironment({ attempt }).run(cancelRun, bench().context, { runId: run.id });
    await assert.rejects(cancel(1), /is locked/);
    assert.equal((await run.view()).status, 'running');
    await cancel(20);
    assert.equal((await run.view()).status, 'cancelled');
    rmSync(lock);
  });

  it('asks when the repository cannot be read', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'a.txt': 'A\n' });
    const git = join(run.repository.root, '.git');
    const head = join(git, 'HEAD');
    rmSync(join(git, 'refs', 'heads', 'leadwright', run.id));
    // Without it, this is no repository for git.
    renameSync(head, `${head}-moved`);
    try {
      assert.equal((await land(one)).asked, true);
    } finally {
      renameSync(`${head}-moved`, head);
    }
    const [blocker] = await listOpenBlockers(bench().db, run.id);
    assert.equal(blocker?.reason, 'branch');
    assert.match(blocker.question, /can't be read in /);
  });

  it('asks nobody when another worker has published what this one fails to', async () => {
    const { run, land, ready } = await begin();
    const { tip } = await land(await ready('one', { 'a.txt': 'A\n' }));
    run.repository.git('update-ref', `refs/heads/leadwright/${run.id}`, run.base);
    const { context } = bench();
    const borrowed = new KeptBorrowedFolders(context.store.gitDir);
    const { borrow } = borrowed;
    mock.method(borrowed, 'borrow', async (...given: Parameters<typeof borrow>) => {
      await borrow(...given);
      throw new EnvironmentError('git was ended', 'Try again.');
    });
    assert.equal(await publishRunBranch({ ...context, borrowed }, await readRun(context.db, run.id)), true);
    borrowed.close();
    assert.equal(run.branch(), tip);
    assert.deepEqual(await listOpenBlockers(context.db, run.id), []);
  });

  it('recreates the branch when it was deleted', async () => {
    const { run, land, ready } = await begin();
    const one = await ready('one', { 'a.txt': 'A\n' });
    run.repository.git('update-ref', '-d', `refs/heads/leadwright/${run.id}`);
    assert.equal((await land(one)).tip, run.branch());
  });
});

/** A file has to be shown before it is modified. */
function reads(paths: readonly string[]): Answer {
  return { tools: paths.map((path) => ({ name: 'read_file', input: { path } })) };
}

function modified(files: Readonly<Record<string, string>>) {
  return Object.entries(files).map(([path, content]) => ({
    path,
    action: path.startsWith('new') ? ('create' as const) : ('modify' as const),
    content,
  }));
}
