import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { runBranch } from '../../src/contract/names.js';
import { publishBranch } from '../../src/git/user/publish.js';
import { GitError } from '../../src/git/process/git-errors.js';
import { GitStore } from '../../src/git/store/git-store.js';
import { compareTips } from '../../src/runs/repair/compare-tips.js';
import { NotRepaired, type Difference, type RepairContext } from '../../src/runs/repair/difference.js';
import { compareLedger } from '../../src/runs/repair/compare-ledger.js';
import { repair } from '../../src/runs/repair/repair.js';
import { taskId, type CommitSha } from '../../src/contract/ids.js';
import { expandPage } from '../../src/contract/lean-page.js';
import { forgetWork } from '../../src/db/sql/repair.js';
import { compareWork } from '../../src/runs/repair/compare-work.js';
import { AgentSteps } from '../support/agent-steps.js';
import { writes } from '../support/answers.js';
import { AT, write } from '../support/store.js';
import { useBench, type TestRun } from '../support/activity-bench.js';

const ONE = { tasks: [{ id: 'one', title: 'One', description: 'Do it.', test: 'true' }] };

/** The doctor's comparisons, on a real database and real git stores; they do not need the stack. */
describe('comparing the record', function () {
  this.timeout(60_000);
  const bench = useBench();

  const repairContext = (): RepairContext => ({
    ...bench().context,
    // An address where nothing listens.
    temporal: new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) }),
    embedded: true,
    startLead: () => assert.fail('no lead is to be started'),
  });
  /** The messages about one run, without its id and commits. */
  const messagesOf = (run: TestRun, found: readonly Difference[]) =>
    found
      .filter((difference) => difference.run === run.id)
      .map(({ kind, description: said }) =>
        `${kind}: ${said}`.replaceAll(run.id, 'RUN').replace(/[0-9a-f]{40}/g, 'SHA'),
      );
  const apply = async (found: readonly Difference[]) => {
    for (const difference of found) if (difference.kind === 'repairable') await difference.apply();
  };

  it('finds the lost draft of a requeued task, which then starts from the tip', async () => {
    const tasks = ['one', 'two'].map((id) => ({ id, title: id, test: 'true' }));
    const run = await bench().start({ tasks }, { 'a.txt': 'a\n' });
    const agents = tasks.map(({ id }) => new AgentSteps(run, id));
    for (const agent of agents) {
      bench().answer = () => writes({ 'new.txt': `${agent.id}\n`, [`${agent.id}.txt`]: 'x\n' });
      await agent.untilReady();
    }
    await run.record.land({ runId: run.id, candidates: agents.map((agent) => agent.candidate()) });
    const work = async () => {
      const page = expandPage(await run.record.loadGraph({ runId: run.id, after: 0 }));
      return page.find(({ id }) => id === 'two')?.progress?.work;
    };
    const lost = async () => (await compareWork(repairContext())).filter((found) => found.run === run.id);
    assert.notEqual(await work(), null);
    assert.deepEqual(await lost(), []);
    await bench().db.pool.query(
      'UPDATE attempts SET next_draft = $2 WHERE run_id = $1 AND next_draft IS NOT NULL',
      [run.id, 'f'.repeat(40)],
    );
    assert.match((await lost())[0]?.description ?? '', /commits of the task two .* are missing/);
    const forgotten = { attempts: [], again: false, reply: 'It is lost.' };
    await forgetWork(bench().db.pool, { runId: run.id, taskId: taskId('two'), ...forgotten });
    assert.deepEqual([await work(), await lost()], [null, []]);
  });

  describe('with itself', () => {
    const logged = async () => {
      const run = await bench().start(ONE, { 'a.txt': 'a\n' });
      const log = async (sql: string) => {
        await bench().db.pool.query(sql, [run.id]);
      };
      for (let event = 0; event < 5; event++) await log(`SELECT append_event($1, NULL, 'run.status', '{}')`);
      const newest = async () => {
        const { rows } = await bench().db.pool.query<{ seq: number }>(
          'SELECT max(seq) AS seq FROM events WHERE run_id = $1',
          [run.id],
        );
        return rows[0]?.seq ?? 0;
      };
      const compared = async () =>
        (await compareLedger(bench().db)).filter((difference) => difference.run === run.id);
      return { log, newest, compared };
    };

    it('finds events gone from the end of a log, and uses no number twice', async () => {
      const { log, newest, compared } = await logged();
      const before = await newest();
      await log(`DELETE FROM events WHERE run_id = $1 AND seq > ${before - 2}`);
      const seen = await compared();
      assert.deepEqual(
        seen.map(({ kind, description: said }) => [kind, said.replace(/run-\d+/, 'RUN')]),
        [['lost', 'The log of the run RUN lacks 2 of its events.']],
      );
      await apply(seen);
      await log(`SELECT append_event($1, NULL, 'run.status', '{}')`);
      assert.equal(await newest(), before + 1);
    });

    it('advances a counter that fell behind its log', async () => {
      const { log, newest, compared } = await logged();
      const before = await newest();
      await log(`UPDATE runs SET last_seq = last_seq - 2 WHERE id = $1`);
      const seen = await compared();
      assert.deepEqual(
        seen.map(({ kind }) => kind),
        ['repairable'],
      );
      await apply(seen);
      assert.deepEqual(await compared(), []);
      await log(`SELECT append_event($1, NULL, 'run.status', '{}')`);
      assert.equal(await newest(), before + 1);
    });
  });

  describe('with git', () => {
    /** A run with `count` tasks, all landed in the record and on the branch. */
    const landed = async (count: number): Promise<{ readonly run: TestRun; readonly tip: CommitSha }> => {
      const { db, context } = bench();
      const tasks = Array.from({ length: count }, (_, index) => ({
        id: `t${index}`,
        title: `Task ${index}`,
        description: 'Do it.',
        test: 'true',
      }));
      const run = await bench().start({ tasks }, { 'a.txt': 'a\n' });
      let tip = run.base;
      for (const { id } of tasks) {
        tip = await context.store.commitChanges({
          parent: tip,
          changes: [write(`${run.id}-${id}.txt`, 'x')],
          message: id,
          at: AT,
        });
        await db.pool.query('UPDATE tasks SET commit = $3 WHERE run_id = $1 AND id = $2', [run.id, id, tip]);
      }
      await db.pool.query('UPDATE runs SET tip = $2 WHERE id = $1', [run.id, tip]);
      await publishBranch(homeOf(run), context.store, runBranch(run.id), tip, run.base);
      return { run, tip };
    };
    const homeOf = ({ repository }: TestRun) => ({
      root: repository.root,
      gitDir: join(repository.root, '.git'),
    });
    const end = (run: TestRun) => bench().db.pool.query(`SELECT move_run($1, 'completed')`, [run.id]);
    const differs = async (run: TestRun, context = repairContext()) =>
      messagesOf(run, await compareTips(context));

    /** Counts the git processes that `work` starts. */
    const counting = async (work: () => Promise<unknown>): Promise<number> => {
      const folder = join(bench().folder, 'counting');
      mkdirSync(folder, { recursive: true });
      const log = join(folder, 'log');
      const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
      writeFileSync(join(folder, 'git'), `#!/bin/sh\necho >> '${log}'\nexec '${git}' "$@"\n`);
      chmodSync(join(folder, 'git'), 0o755);
      writeFileSync(log, '');
      const path = process.env['PATH'];
      process.env['PATH'] = `${folder}:${path ?? ''}`;
      try {
        await work();
      } finally {
        process.env['PATH'] = path;
      }
      return readFileSync(log, 'utf8').length;
    };

    it('starts the same number of git processes for any number of landed tasks, and none when all agrees', async () => {
      const { run } = await landed(3);
      assert.deepEqual(await differs(run), []);
      const others = await counting(() => differs(run));
      const { run: larger } = await landed(6);
      assert.deepEqual(await differs(larger), []);
      assert.equal(await counting(() => differs(larger)), others);
    });

    it('says that a branch cannot be moved while it is behind and checked out', async () => {
      const { run, tip } = await landed(1);
      const branch = runBranch(run.id);
      const context = repairContext();
      run.repository.git('update-ref', `refs/heads/${branch}`, run.base);
      const found = (await compareTips(context)).filter((difference) => difference.run === run.id);
      assert.deepEqual(
        messagesOf(run, found).map((said) => said.split(':')[0]),
        ['repairable'],
      );
      // Between the comparison and the fix somebody checks it out.
      run.repository.git('checkout', '--quiet', branch);
      await assert.rejects(apply(found), (error: unknown) => {
        assert.ok(error instanceof NotRepaired);
        assert.match(error.advice, /was left as it is, because it is checked out/);
        return true;
      });
      assert.match((await differs(run)).join(), /^lost: .* is not at SHA, .* it is checked out in /);
      run.repository.git('checkout', '--quiet', 'main');
      await apply((await compareTips(context)).filter((difference) => difference.run === run.id));
      assert.deepEqual(await differs(run), []);
      assert.equal(run.branch(), tip);
    });

    it('restores the landed commits of ended runs to a lost store, and leaves their branches alone', async () => {
      const { run, tip } = await landed(2);
      const { run: gone } = await landed(1);
      await end(run);
      await end(gone);
      // The branches belong to the user by now: one has moved on, the other was merged and deleted.
      run.repository.git('branch', 'kept', tip);
      run.repository.git('update-ref', `refs/heads/${runBranch(run.id)}`, run.base);
      await bench().db.pool.query(`UPDATE runs SET git_folder = '/nowhere/.git' WHERE id = $1`, [gone.id]);
      assert.deepEqual(await differs(run), [], 'nothing else is compared');

      const folder = join(bench().folder, 'lost-store');
      const store = await GitStore.open(folder);
      const context = { ...repairContext(), store };
      const found = await compareTips(context);
      assert.deepEqual(messagesOf(run, found), [
        'repairable: The git store does not have the commit SHA, the final tip of the run RUN.',
      ]);
      assert.deepEqual(messagesOf(gone, found), []);
      await apply(found.filter((difference) => difference.run === run.id));
      assert.deepEqual(await differs(run, context), []);
      assert.notEqual(await store.diff(run.base, tip), '');
      assert.equal(run.branch(), run.base);
      store.close();
      rmSync(folder, { recursive: true });
    });
  });

  it('reports only what a second comparison finds again, and repairs its current state', async () => {
    const difference = (said: string, apply: () => Promise<string>): Difference => ({
      run: null,
      kind: 'repairable',
      description: said,
      apply,
    });
    const stale = () => assert.fail('the result of the first comparison is out of date');
    const comparisons = [
      [difference('A landing is published.', stale), difference('A lead is missing.', stale)],
      [difference('A lead is missing.', () => Promise.resolve('Started.')), difference('Another.', stale)],
    ];
    const compare = () => Promise.resolve(comparisons.shift() ?? []);
    const done = await repair(repairContext(), true, [{ compare, confirmAfterMs: 1 }]);
    assert.deepEqual(
      done.map(({ difference: { description: said }, done }) => [said, done]),
      [['A lead is missing.', 'Started.']],
    );
  });

  it('repairs the other runs when the repository of one cannot be written', async () => {
    const locked = await bench().start(ONE, { 'a.txt': 'a\n' });
    const branch = runBranch(locked.id);
    locked.repository.git('update-ref', '-d', `refs/heads/${branch}`);
    const lock = join(locked.repository.root, '.git', 'refs', 'heads', `${branch}.lock`);
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, '');
    const open = await bench().start(ONE, { 'a.txt': 'a\n' });
    open.repository.git('update-ref', '-d', `refs/heads/${runBranch(open.id)}`);
    const compare = async () =>
      (await compareTips(repairContext())).filter(({ run }) => run === locked.id || run === open.id);
    const done = await repair(repairContext(), true, [{ compare, confirmAfterMs: null }]);
    assert.deepEqual(
      done.map((each) => [each.difference.run, each.difference.kind, each.done]),
      [
        [locked.id, 'lost', null],
        [open.id, 'repairable', 'It was moved there.'],
      ],
    );
    const [first] = done;
    assert.ok(first?.difference.kind === 'lost');
    assert.match(first.difference.advice, /\.lock/);
    assert.equal(open.branch(), open.base);
  });

  describe('on a damaged git store', () => {
    const isNamed = {
      name: 'DamagedStoreError',
      message: /^The git store is damaged: /,
      fix: /leadwright down --now && mv \S+store.git \S+store.git.damaged && leadwright doctor --repair$/,
    };
    const damaged = async () => {
      const run = await bench().start(ONE, { 'a.txt': 'a\n' });
      const folder = join(run.repository.root, '..', `${run.id}-store.git`);
      const store = await GitStore.open(folder);
      await store.importBase({ gitDir: join(run.repository.root, '.git') }, run.base);
      store.close();
      return { run, folder };
    };

    it('says how to replace it, which another repair could not', async () => {
      const { run, folder } = await damaged();
      const packs = join(folder, 'objects', 'pack');
      for (const name of readdirSync(packs)) {
        rmSync(join(packs, name));
        writeFileSync(join(packs, name), '');
      }
      const context = { ...repairContext(), store: await GitStore.open(folder) };
      const compare = async () => (await compareTips(context)).filter((found) => found.run === run.id);
      await assert.rejects(repair(context, true, [{ compare, confirmAfterMs: null }]), isNamed);
      context.store.close();
    });

    it('says so when it cannot even be compared', async () => {
      const { folder } = await damaged();
      writeFileSync(join(folder, 'HEAD'), '');
      const context = { ...repairContext(), store: await GitStore.open(folder) };
      await assert.rejects(repair(context, true, [{ compare: compareTips, confirmAfterMs: null }]), isNamed);
      context.store.close();
    });

    it('looks for the damage once, and tells the failures of git when it cannot find out', async () => {
      const { folder } = await damaged();
      const store = await GitStore.open(folder);
      let looked = 0;
      store.findDamage = () => {
        looked += 1;
        return Promise.reject(new Error('git fsck takes too long'));
      };
      const failing = (branch: string): Difference => ({
        ...{ run: null, kind: 'repairable', description: `${branch} is behind.` },
        apply: () => Promise.reject(new GitError('git update-ref', 128, `fatal: ${branch} is locked`)),
      });
      const compare = () => Promise.resolve(['one', 'two'].map(failing));
      const done = await repair({ ...repairContext(), store }, true, [{ compare, confirmAfterMs: null }]);
      const advice = done.map(({ difference }) => (difference.kind === 'lost' ? difference.advice : ''));
      assert.match(advice.join(), /one is locked.*,.*two is locked/);
      assert.equal(looked, 1);
      store.close();
    });
  });

  it('leaves a difference to a person when its fix had no effect', async () => {
    const compare = () =>
      Promise.resolve<Difference[]>([
        {
          run: null,
          kind: 'repairable',
          description: 'A branch is behind.',
          apply: () => Promise.reject(new NotRepaired('Free it.')),
        },
      ]);
    const done = await repair(repairContext(), true, [{ compare, confirmAfterMs: null }]);
    assert.deepEqual(done, [
      {
        difference: { run: null, kind: 'lost', description: 'A branch is behind.', advice: 'Free it.' },
        done: null,
      },
    ]);
  });
});
