import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { describeStack } from '../../src/local-stack/describe-stack.js';
import { PAUSE_MEANS } from '../../src/shared/words/pause-words.js';
import { eventsOf, runOf } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { creates } from '../support/model.js';
import { makeProject, makeTwoTasks } from '../support/project.js';
import { useCli } from '../support/use-cli.js';

/** Has a `leadwright run` write down the CommonJS files that it has loaded. Packages of Temporal are such files. */
const OBSERVER = `if (process.argv[2] === 'run') process.on('exit', () => {
  require('node:fs').writeFileSync(process.env.LOADED, JSON.stringify(Object.keys(require('node:module')._cache)));
});`;

/** Runs without a command that follows them: detached, left with Ctrl-C, paused, cancelled. */
describe('a run in the background', function () {
  this.timeout(120_000);
  const { cli, model, scratch } = useCli();

  /** Two tasks, one after the other, slow enough to be observed while they run. */
  const slowProject = (name: string) => makeTwoTasks(model, scratch.path, name, { one: 2_000, two: 2_000 });

  it('continues after --detach, completes, and leaves no process', async () => {
    const { repository, options } = slowProject('detached');
    const ran = await cli.exits(0, ['run', ...options, '--id', 'detached', '--detach', '--json']);
    assert.deepEqual(JSON.parse(ran.stdout), { runId: 'detached' });
    await cli.untilQuiet();
    assert.equal(repository.git('show', 'leadwright/detached:two.txt'), 'x');
  });

  it('is started by the worker: its command does not load the client of Temporal', async () => {
    const { options } = makeTwoTasks(model, scratch.path, 'unloaded', { one: 0, two: 0 });
    const loaded = join(scratch.path, 'loaded.json');
    const observer = join(scratch.path, 'observer.cjs');
    writeFileSync(observer, OBSERVER);
    const observed = { NODE_OPTIONS: `--require ${observer}`, LOADED: loaded };
    await cli.exits(0, ['run', ...options, '--json'], observed);
    const files = z.array(z.string()).parse(JSON.parse(readFileSync(loaded, 'utf8')));
    assert.deepEqual(
      files.filter((file) => file.includes('@temporalio')),
      [],
    );
    assert.ok(files.includes(observer), 'the files of packages are listed');
  });

  it('is named to a person who starts its plan again while it is open', async () => {
    model.answers('Asks twice', [{ text: 'I will not.', stop_reason: 'refusal' }]);
    const { options } = makeProject(scratch.path, 'twice', [{ id: 'a', title: 'Asks twice' }]);
    const first = await cli.exits(1, ['run', ...options, '--id', 'opened']);
    assert.doesNotMatch(first.stderr, /of the same plan/);
    const again = await cli.exits(1, ['run', ...options, '--id', 'reopened']);
    assert.match(again.stderr, /the run opened of the same plan is still blocked/);
    assert.match(again.stderr, /leadwright cancel reopened && leadwright watch opened/);
    const continued = await cli.exits(1, ['run', ...options, '--id', 'reopened']);
    assert.doesNotMatch(continued.stderr, /of the same plan/);
    for (const id of ['opened', 'reopened']) await cli.exits(0, ['cancel', id]);
    const last = await cli.exits(1, ['run', ...options, '--id', 'last']);
    assert.doesNotMatch(last.stderr, /of the same plan/);
    await cli.untilQuiet();
  });

  it('leaves no process when it ends while a command follows it, and soon none when it asks a question', async () => {
    // Longer than the renewal interval of a lease, so the worker's last report says that a call is running.
    const delay = 2_500;
    model.answers('Ends', [creates('ends.txt', 'x', { delay })]);
    model.answers('Asks', [{ text: 'I will not.', stop_reason: 'refusal', delay }]);
    for (const [title, code] of [
      ['Ends', 0],
      ['Asks', 1],
    ] as const) {
      const { options } = makeProject(scratch.path, title, [{ id: 'a', title }]);
      const ran = await cli.run(['run', ...options]);
      assert.equal(ran.code, code, ran.stderr);
      // The page stays for a short time, for the answer.
      if (title === 'Asks') await cli.untilQuiet();
      assert.deepEqual(cli.processes(), [], `a run that ${title}`);
    }
  });

  it('continues after Ctrl-C, which prints how to return; with --json stdout is still one document', async () => {
    const { repository, options } = slowProject('left');
    const left = cli.start(['run', ...options, '--id', 'left', '--json']);
    await left.untilSaid(/one {2}started/);
    left.process.kill('SIGINT');
    const ran = await left.done;
    assert.equal(ran.code, 1, ran.stderr);
    assert.match(ran.stderr, /leadwright watch left/);
    assert.equal(runOf(ran).status, 'running');

    const watch = cli.start(['watch', 'left']);
    await watch.untilSaid(/one {2}started/);
    watch.process.kill('SIGINT');
    assert.match((await watch.done).stderr, /leadwright watch left/);
    await cli.untilQuiet();
    assert.equal(repository.git('show', 'leadwright/left:two.txt'), 'x');
  });

  it('is not started after Ctrl-C during the start of the stack', async () => {
    const { repository, options } = slowProject('early');
    await cli.untilQuiet();
    const log = join(cli.home, 'logs', 'host.log');
    const before = existsSync(log) ? readFileSync(log, 'utf8').length : 0;
    const early = cli.start(['run', ...options, '--id', 'early', '--json']);
    await early.untilSaid(/starting Temporal/);
    early.process.kill('SIGINT');
    await early.untilSaid(/^interrupted: .*ends once the stack/m);
    // An impatient person presses it again while the stack ends, which takes a while.
    const isEnding = () => readFileSync(log, 'utf8').slice(before).includes(' ending: ');
    await eventually(isEnding, 'the stack ends');
    early.process.kill('SIGINT');
    const ran = await early.done;
    assert.equal(ran.code, 3, ran.stderr);
    assert.match(ran.stdout, /"error":.*interrupted before the run was started/);
    assert.equal(repository.git('branch', '--list', 'leadwright/*'), '');
    assert.equal(model.callsFor('early one'), 0);
    assert.deepEqual(cli.processes(), []);
    await cli.exits(2, ['status', 'early']);
  });

  it('continues after Ctrl-C in a `run --id` of it during the start of the stack, which prints how to return', async () => {
    const { repository, options } = slowProject('again');
    await cli.exits(0, ['run', ...options, '--id', 'again', '--detach']);
    await cli.exits(0, ['down', '--now']);
    const watched = cli.start(['watch', 'again']);
    await watched.untilSaid(/starting Temporal/);
    watched.process.kill('SIGINT');
    const left = await watched.done;
    assert.equal(left.code, 1, left.stderr);
    // A worker would let the run go on, and spend.
    assert.doesNotMatch(left.stderr, /starting a worker/);
    await cli.untilQuiet();
    const again = cli.start(['run', ...options, '--id', 'again', '--json']);
    await again.untilSaid(/starting Temporal/);
    again.process.kill('SIGINT');
    const ran = await again.done;
    assert.equal(ran.code, 1, ran.stdout);
    assert.match(ran.stderr, /leadwright watch again/);
    assert.equal(runOf(ran).status, 'running');
    await cli.untilQuiet();
    assert.equal(repository.git('show', 'leadwright/again:two.txt'), 'x');
  });

  it('is not needed by an `up` that is interrupted while the stack starts, which then prints no address', async () => {
    const up = cli.start(['up']);
    await up.untilSaid(/starting Temporal/);
    up.process.kill('SIGINT');
    const ran = await up.done;
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stdout, '');
    await cli.untilQuiet();
  });

  for (const [id, ...command] of [
    ['watched', 'watch'],
    ['listened', 'events', '--follow'],
  ] as const)
    it(`goes on when the host of its stack is killed and only \`${command.join(' ')}\` follows it`, async () => {
      const { repository, options } = slowProject(id);
      await cli.exits(0, ['run', ...options, '--id', id, '--detach']);
      const following = cli.start([...command, id]);
      await following.untilSaid(/one {2}started/);
      const stack = await describeStack(cli.home);
      assert.ok(stack.state === 'running');
      process.kill(stack.hostPid, 'SIGKILL');
      const ran = await following.done;
      assert.equal(ran.code, 0, ran.stderr);
      assert.equal(repository.git('show', `leadwright/${id}:two.txt`), 'x');
    });

  it('is paused, needs no process meanwhile, and is resumed', async () => {
    const { options } = slowProject('paused');
    await cli.run(['run', ...options, '--id', 'paused', '--detach']);
    const paused = await cli.exits(0, ['pause', 'paused', '--json']);
    assert.equal(runOf(paused).status, 'paused');
    await cli.untilQuiet();
    const interrupted = cli.start(['watch', 'paused']);
    await interrupted.untilSaid(/starting Temporal/);
    interrupted.process.kill('SIGINT');
    await interrupted.untilSaid(/^interrupted: .*ends once the stack/m);
    assert.equal((await interrupted.done).code, 1);
    await cli.untilQuiet();
    await cli.exits(0, ['resume', 'paused']);
    const watched = await cli.exits(0, ['watch', 'paused', '--json']);
    eventsOf(watched);
    assert.equal(model.callsFor('paused two'), 1);
  });

  it('stays paused when a task is retried or its id is given again, and both say so', async () => {
    model.answers('Stalls', [{ text: 'late', delay: 60_000 }]);
    // Longer than the test takes on any machine.
    model.answers('Lasts', [creates('lasts.txt', 'x', { delay: 300_000 })]);
    const { options } = makeProject(scratch.path, 'waits', [
      { id: 'stalls', title: 'Stalls', timeout: { generate: '1s' } },
      { id: 'lasts', title: 'Lasts' },
    ]);
    const run = ['run', ...options, '--id', 'waits', '--detach'];
    await cli.exits(0, run);
    await eventually(
      async () => (await cli.view('waits')).tasks[0]?.status === 'failed',
      'a task of the run fails',
    );
    const { stdout: said } = await cli.exits(0, ['pause', 'waits']);
    assert.equal(said.trim(), `Paused: ${PAUSE_MEANS}`);
    const paused = /The run waits is paused; continue it with: {2}leadwright resume waits/;
    const retried = await cli.exits(0, ['retry', 'waits', 'stalls']);
    assert.match(retried.stdout, new RegExp(`Retrying: stalls\\. ${paused.source}`));
    assert.match((await cli.exits(0, run)).stderr, paused);
    const { status, tasks } = await cli.view('waits');
    assert.deepEqual([status, tasks[0]?.status], ['paused', 'pending']);
    await cli.exits(0, ['cancel', 'waits']);
  });

  it('is cancelled: following commands exit with 4, and its branch keeps the landed work', async () => {
    const { repository, options } = slowProject('cancelled');
    // Longer than cancelling takes on any machine.
    model.answers('cancelled two', [creates('two.txt', 'x', { delay: 300_000 })]);
    const followed = cli.start(['run', ...options, '--id', 'cancelled', '--json']);
    await followed.untilSaid(/two {2}started/);
    await cli.exits(0, ['cancel', 'cancelled', '--json']);
    const ran = await followed.done;
    assert.equal(ran.code, 4, ran.stderr);
    assert.deepEqual(
      runOf(ran).tasks.map((task) => task.status),
      ['completed', 'cancelled'],
    );
    assert.equal(repository.git('ls-tree', '--name-only', 'leadwright/cancelled'), 'README.md\none.txt');
  });

  it('is read with PostgreSQL alone, without a word about it, while the stack is down', async () => {
    const { options } = makeProject(scratch.path, 'read', [{ id: 'a', title: 'Read' }]);
    model.answers('Read', [creates('a.txt', 'a')]);
    await cli.exits(0, ['run', ...options, '--id', 'read', '--json']);
    await cli.untilQuiet();
    const log = join(cli.home, 'logs', 'host.log');
    const before = readFileSync(log, 'utf8').length;
    for (const args of [
      ['status'],
      ['status', 'read', '--json'],
      ['show', 'latest', 'a'],
      ['diff', 'rea'],
      ['events', 'read'],
      ['blockers'],
    ]) {
      const ran = await cli.exits(0, args);
      // On a busy machine, the start takes long enough for its progress to be shown.
      assert.doesNotMatch(ran.stderr, /Temporal|notifier|worker/, args.join(' '));
      assert.deepEqual(cli.processes(), [], args.join(' '));
    }
    assert.match((await cli.exits(2, ['blockers', 'nobody'])).stderr, /There is no run nobody/);
    const started =
      readFileSync(log, 'utf8')
        .slice(before)
        .match(/starting (?:a )?\w+/g) ?? [];
    assert.deepEqual(new Set(started), new Set(['starting PostgreSQL']));
    const { urls } = runOf(await cli.exits(0, ['status', 'read', '--json']));
    assert.match(urls.dashboard, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    assert.equal(urls.temporal, null);
  });

  it('starts PostgreSQL once for a run with an id, whose record it reads before it starts the rest', async () => {
    const { options } = makeProject(scratch.path, 'named', [{ id: 'a', title: 'Named' }]);
    model.answers('Named', [creates('a.txt', 'a')]);
    const runNamed = async (id: string) => {
      await cli.exits(0, ['run', ...options, '--id', id, '--json']);
      assert.deepEqual(cli.processes(), [], id);
    };
    await runNamed('named');
    const log = join(cli.home, 'logs', 'host.log');
    const before = readFileSync(log, 'utf8').length;
    await runNamed('named');
    await runNamed('another');
    const starts =
      readFileSync(log, 'utf8')
        .slice(before)
        .match(/starting PostgreSQL/g) ?? [];
    assert.equal(starts.length, 2, 'once for each command');
  });

  it('says at once when LEADWRIGHT_LISTEN is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    await cli.untilQuiet();
    const taken = { LEADWRIGHT_LISTEN: `127.0.0.1:${address.port}` };
    const refused = await cli.run(['up'], taken);
    await cli.exits(0, ['status'], taken);
    server.close();
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(
      refused.stderr,
      new RegExp(`port ${address.port} \\(LEADWRIGHT_LISTEN\\): the port is taken`),
    );
    assert.deepEqual(cli.processes(), []);
  });
});

describe('a run without access to the model', function () {
  this.timeout(120_000);
  const { cli, model, scratch } = useCli();

  for (const code of [401, 404]) {
    it(`stops with exit code 3 at a first ${code}, keeps everything, and continues with working settings`, async () => {
      const name = `closed-${code}`;
      model.answers(name, [{ status: { code, type: 'error', message: 'Not you' } }]);
      const { options } = makeProject(scratch.path, name, [{ id: 'a', title: name }]);
      const run = ['run', ...options, '--id', name, '--json'];
      const refused = await cli.exits(3, run, { ANTHROPIC_API_KEY: 'wrong-key' });
      assert.match(refused.stderr, new RegExp(String(code)));
      assert.doesNotMatch(refused.stderr, /wrong-key/);
      assert.deepEqual(
        runOf(refused).tasks.map((task) => task.status),
        ['blocked'],
      );
      const { stdout } = await cli.exits(0, ['status', name]);
      assert.equal(stdout.split('Not you').length, 2, 'told once, as the question');

      model.answers(name, [creates('open.txt', 'x')]);
      const ran = await cli.exits(0, run);
      assert.equal(runOf(ran).status, 'completed');
    });
  }
});
