import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from '../../src/shared/config.js';
import { withSession, type Session } from '../../src/cli/session/session.js';
import { recordAnswer } from '../../src/db/blockers.js';
import { blockerId } from '../../src/contract/ids.js';
import { stopStack } from '../../src/local-stack/hold-stack.js';
import { eventsOf, runOf, testCli, type Ran, type Running, type TestCli } from '../support/cli.js';
import { doctorReport } from '../support/doctor.js';
import { startGatedModel, type GatedModel } from '../support/gated-model.js';
import { creates } from '../support/model.js';
import { deadOwner } from '../support/owners.js';
import { makeProject, twoTasks, type TestTask } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';
import { eventually } from '../support/eventually.js';

/** Each test damages the record in another way; the doctor reports it, repairs it, and the run continues. */
describe('doctor --repair', function () {
  this.timeout(600_000);
  const scratch = scratchFolder();
  let model: GatedModel;
  let cli: TestCli;
  let up: Running;

  const startUp = async () => {
    up = cli.start(['up']);
    await up.untilSaid(/Leadwright is up/);
  };

  before(async () => {
    model = await startGatedModel();
    cli = await testCli(model.url);
    await startUp();
  });
  after(async () => {
    await model.close();
    up.process.kill('SIGINT');
    await up.done;
    await cli.remove();
    scratch.remove();
  });

  /** A run whose second task, or only task, waits for the model. */
  async function startHeld(name: string, tasks: readonly TestTask[], held: string, from = 1) {
    const project = makeProject(scratch.path, name, tasks);
    model.hold(held, from);
    await cli.exits(0, ['run', ...project.options, '--id', name, '--detach']);
    const asked = () =>
      model.requests.filter(({ body }) => JSON.stringify(body.messages[0]).includes(held)).length;
    await eventually(() => asked() >= from, 'the model is asked');
    return project;
  }

  /** Two tasks, one after the other, each of which makes a file; the second one waits. */
  async function startTwo(name: string) {
    model.answers(`${name} one`, [creates('one.txt', 'x')]);
    model.answers(`${name} two`, [creates('two.txt', 'x')]);
    return startHeld(name, twoTasks(name), `${name} two`);
  }

  const damage = (how: (session: Session) => Promise<unknown>): Promise<unknown> =>
    withSession(cli.env, 'none', how);
  const sql =
    (statement: string, ...values: readonly string[]) =>
    ({ db }: Session) =>
      db.pool.query(statement, [...values]);
  const leadStatus = (id: string) => async (session: Session) =>
    (await (await session.temporal()).workflow.getHandle(`leadwright/${id}`).describe()).status.name;

  /** The doctor's findings about one run (or about the record as a whole), and its exit code. */
  async function doctor(what: string, ...args: readonly string[]) {
    const ran = await cli.run(['doctor', '--json', ...args]);
    assert.notEqual(ran.stdout, '', ran.stderr);
    const { findings: all } = doctorReport(ran);
    return { code: ran.code, all, found: all.filter((finding) => finding.what === what) };
  }

  /** Asserts that the doctor finds the difference, repairs it, and then finds it no more. */
  async function assertRepairs(what: string, said: RegExp, done: RegExp): Promise<void> {
    const seen = await doctor(what);
    assert.equal(seen.code, 1, JSON.stringify(seen.all));
    assert.deepEqual(
      seen.found.map(({ state }) => state),
      ['differs'],
    );
    assert.match(seen.found[0]?.said ?? '', said);
    const repaired = await doctor(what, '--repair');
    assert.equal(repaired.code, 0, JSON.stringify(repaired.all));
    assert.deepEqual(
      repaired.found.map(({ state }) => state),
      ['repaired'],
    );
    assert.match(repaired.found[0]?.fix ?? '', done);
  }

  async function completes(id: string): Promise<Ran> {
    const watched = await cli.exits(0, ['watch', id, '--json']);
    eventsOf(watched);
    const status = await cli.run(['status', id, '--json']);
    assert.equal(runOf(status).status, 'completed');
    return status;
  }

  it('finds nothing in an intact record', async () => {
    const { code, found } = await doctor('record');
    assert.equal(code, 0);
    assert.deepEqual(
      found.map(({ state, said }) => [state, said]),
      [['ok', '0 runs checked, no difference found']],
    );
  });

  it('restarts a lead that was ended from outside', async () => {
    const { repository } = await startTwo('lead');
    await damage(async (session) =>
      (await session.temporal()).workflow.getHandle('leadwright/lead').terminate('A slip'),
    );
    await assertRepairs(
      'run lead',
      /is running in the record, but its lead is not running/,
      /lead was started again/,
    );
    model.open('lead two');
    await completes('lead');
    assert.equal(repository.git('show', 'leadwright/lead:two.txt'), 'x');
  });

  it('restarts a lead that failed because of a bug', async () => {
    const { repository } = await startTwo('gave-up');
    await damage(async (session) =>
      (await session.temporal()).workflow.getHandle('leadwright/gave-up').terminate('As a bug ends it'),
    );
    await damage(sql(`SELECT move_run($1, 'failed', 'internal', 'x is undefined')`, 'gave-up'));
    await assertRepairs(
      'run gave-up',
      /The lead of the run gave-up failed: x is undefined/,
      /lead was started again/,
    );
    model.open('gave-up two');
    await completes('gave-up');
    assert.equal(repository.git('show', 'leadwright/gave-up:two.txt'), 'x');
  });

  const ASKS = { tools: [{ name: 'ask_human', input: { question: 'Which one?' } }] };

  /** A run whose only task waits for an answer. */
  async function startAsking(name: string) {
    model.answers(`${name} one`, [ASKS, creates('one.txt', 'x', { on: 'answered' })]);
    const project = makeProject(scratch.path, name, [{ id: 'one', title: `${name} one` }]);
    await cli.exits(1, ['run', ...project.options, '--id', name]);
    return project;
  }

  // The first status is left by a command killed before it signals the lead; the second says that no question is open.
  for (const status of ['running', 'blocked']) {
    it(`signals a lead whose answer was recorded without a signal: ${status}`, async () => {
      const id = `deaf-${status}`;
      const { repository } = await startAsking(id);
      await damage(({ db }) =>
        recordAnswer(db, blockerId(`${id}:one:1`), {
          by: 'A person',
          choice: { kind: 'hint' },
          text: 'The first.',
          addUsd: 0,
        }),
      );
      await damage(sql('SELECT move_run($1, $2::run_status)', id, status));
      await assertRepairs(
        `run ${id}`,
        new RegExp(`is ${status} in the record since its event \\d+, but its lead waits`),
        /signalled to read the record again/,
      );
      await completes(id);
      assert.equal(repository.git('show', `leadwright/${id}:one.txt`), 'x');
    });
  }

  it('raises a blocker again that was lost before it was answered', async () => {
    await startAsking('asks');
    await damage(sql('DELETE FROM blockers WHERE run_id = $1', 'asks'));
    await assertRepairs(
      'run asks',
      /task one of the run asks waits for an answer, but its question is missing/,
      /asked again/,
    );
    const [asked] = await cli.blockers('asks');
    assert.ok(asked);
    assert.equal(asked.reason, 'question_lost');
    assert.match(asked.question, /was lost\. The last message about it: Which one\?/);
    await cli.exits(0, ['answer', asked.id, 'The first.']);
    await completes('asks');
  });

  it('continues a run that was marked completed before its tasks had ended', async () => {
    const { repository } = await startTwo('early');
    await damage(sql(`SELECT move_run($1, 'completed')`, 'early'));
    await assertRepairs(
      'run early',
      /is completed in the record, but 1 of its tasks have not ended/,
      /continues/,
    );
    model.open('early two');
    await completes('early');
    assert.equal(repository.git('show', 'leadwright/early:two.txt'), 'x');
  });

  it('ends the workflows of a run that has ended or is missing in the record', async () => {
    await startTwo('over');
    await damage(sql('SELECT cancel_run($1)', 'over'));
    await assertRepairs(
      'run over',
      /is cancelled in the record, but its workflows are still open/,
      /were terminated/,
    );
    assert.equal(await damage(leadStatus('over')), 'TERMINATED');

    await startTwo('gone');
    await damage(sql('DELETE FROM runs WHERE id = $1', 'gone'));
    await assertRepairs(
      'run gone',
      /open workflows of a run gone that is not in the record/,
      /were terminated/,
    );
    assert.equal(await damage(leadStatus('gone')), 'TERMINATED');
  });

  it('moves a branch that fell behind, and updates a record that did', async () => {
    const { repository } = await startTwo('tip');
    const base = repository.git('rev-parse', 'main');
    repository.git('update-ref', 'refs/heads/leadwright/tip', base);
    await assertRepairs(
      'run tip',
      /branch leadwright\/tip .* is not at .*, the tip of the run tip/,
      /moved there/,
    );
    assert.equal(repository.git('show', 'leadwright/tip:one.txt'), 'x');

    await damage(sql('UPDATE runs SET tip = base WHERE id = $1', 'tip'));
    const seen = await doctor('run tip');
    assert.match(seen.found[0]?.said ?? '', /its tasks landed up to [0-9a-f]{40} on its branch/);
    const repaired = await doctor('run tip', '--repair');
    assert.deepEqual(
      repaired.found.map(({ fix }) => fix?.replace(/ Watch it.*/, '')),
      ['The record follows the branch now.', 'Its lead was started again.'],
    );
    model.open('tip two');
    await completes('tip');
    assert.equal(repository.git('ls-tree', '--name-only', 'leadwright/tip'), 'README.md\none.txt\ntwo.txt');
  });

  it('says what cannot be restored, and what a person can do', async () => {
    const { repository } = await startTwo('lost');
    const tip = repository.git('rev-parse', 'leadwright/lost');
    const base = repository.git('rev-parse', 'main');
    repository.git('update-ref', 'refs/heads/leadwright/lost', base);
    await damage(sql('UPDATE runs SET tip = base WHERE id = $1', 'lost'));
    const { code, found } = await doctor('run lost', '--repair');
    assert.equal(code, 1);
    assert.deepEqual(
      found.map(({ state }) => state),
      ['lost'],
    );
    assert.match(found[0]?.said ?? '', /completed, but their commits are not on its branch/);
    assert.match(found[0]?.fix ?? '', /git reflog leadwright\/lost.*leadwright cancel lost/);
    // As the message says: the person restores the branch.
    repository.git('update-ref', 'refs/heads/leadwright/lost', tip);
    assert.equal((await doctor('run lost', '--repair')).code, 0);
    model.open('lost two');
    await completes('lost');
  });

  it('recounts events, money, calls and workers, and removes leftover folders', async () => {
    const { repository } = await startTwo('sums');
    const left = join(homePaths(cli.home).trees, `${deadOwner()}.00000000`);
    mkdirSync(left, { recursive: true });
    mkdirSync(join(homePaths(cli.home).store, `borrowed-${deadOwner()}.Abcdef`));
    await damage(async ({ db }) => {
      await db.pool.query(
        `INSERT INTO model_calls (run_id, task_id, turn, worker_id, state, worst_usd, claimed_at)
         VALUES ('sums', 'one', 7, 'nobody', 'open', 0.25, now() - interval '1 day')`,
      );
      await db.pool.query(
        `INSERT INTO workers (id, host, pid, build, owner, sandbox, lease_until)
           VALUES ('old', 'x', 1, '0', '', 'none', now() - interval '2 hours')`,
      );
      await db.pool.query(`UPDATE runs SET last_seq = last_seq - 2, spent_usd = 99 WHERE id = 'sums'`);
    });
    assert.equal((await doctor('record')).code, 1);
    const { code, all } = await doctor('record', '--repair');
    assert.equal(code, 0, JSON.stringify(all));
    const said = all.filter(({ state }) => state === 'repaired').map((finding) => finding.said);
    for (const words of [
      /counts \d+ events, but the newest in its log is number \d+/,
      /The run sums has 1 open model call whose worker has ended/,
      /99\.0000 USD spent/,
      /1 worker whose lease expired/,
      /1 test trees left by killed processes/,
      /1 views of repositories left by killed processes/,
    ]) {
      assert.equal(said.filter((text) => words.test(text)).length, 1, String(words));
    }
    assert.equal((await doctor('record')).code, 0);
    await damage(async ({ db }) => {
      const { rows } = await db.pool.query(
        `SELECT state, reserved_usd >= 0.25 AS kept FROM model_calls JOIN runs ON runs.id = run_id WHERE turn = 7`,
      );
      assert.deepEqual(rows, [{ state: 'lost', kept: true }]);
    });
    model.open('sums two');
    await completes('sums');
    assert.equal(repository.git('show', 'leadwright/sums:two.txt'), 'x');
  });

  it('restores a lost git store and a lost Temporal server together', async () => {
    await startTwo('ended');
    model.open('ended two');
    await completes('ended');
    model.answers('all one', [creates('one.txt', 'x')]);
    model.answers('all two', [creates('two.txt', 'broken'), creates('two.txt', 'x')]);
    model.answers('all three', [creates('three.txt', 'x')]);
    const { repository } = await startHeld(
      'all',
      [
        { id: 'one', title: 'all one' },
        { id: 'two', title: 'all two', depends_on: ['one'] },
        { id: 'three', title: 'all three', depends_on: ['two'] },
      ],
      'all two',
      2,
    );
    // The machine is lost, and with it everything but the database.
    await stopStack(cli.home);
    up.process.kill('SIGINT');
    await up.done;
    await stopStack(cli.home);
    const paths = homePaths(cli.home);
    rmSync(paths.store, { recursive: true });
    rmSync(join(paths.temporalFile, '..'), { recursive: true });

    // An ended run has lost its landed commits too; `diff` says so.
    const shown = await cli.exits(3, ['diff', 'ended']);
    assert.match(
      shown.stderr,
      /The changes of the run ended cannot be shown: .*\n.*leadwright doctor --repair/,
    );
    const shownTask = await cli.exits(3, ['diff', 'ended', 'two']);
    assert.match(shownTask.stderr, /The changes of the run ended cannot be shown/);

    const { code, found } = await doctor('run all', '--repair');
    assert.equal(code, 0, JSON.stringify(found));
    assert.deepEqual(
      found.map(({ said }) => said.replace(/[0-9a-f]{40}/, 'SHA')),
      [
        'The git store does not have the commit SHA, the tip of the run all.',
        'The commits of the task two of the run all are missing from the git store.',
        'The run all is running in the record, but its lead is not running.',
      ],
    );
    assert.match((await cli.run(['diff', 'ended', 'two'])).stdout, /two\.txt/);
    model.open('all two');
    await startUp();
    const view = runOf(await completes('all'));
    assert.equal(repository.git('ls-tree', '--name-only', 'leadwright/all').split('\n').length, 4);
    assert.deepEqual(
      view.tasks.map(({ status }) => status),
      ['completed', 'completed', 'completed'],
    );
    const told = model.requests.filter(({ body }) =>
      JSON.stringify(body.messages).includes('is not in the repository any more'),
    );
    assert.notEqual(told.length, 0, 'its agent was told');
  });
});
