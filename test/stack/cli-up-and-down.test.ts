import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startCommand, type Ran } from '../support/cli.js';
import { doctorReport } from '../support/doctor.js';
import { makeOtherBuild } from '../support/other-build.js';
import { makeProject, makeTwoTasks } from '../support/project.js';
import { useCli } from '../support/use-cli.js';

/** Tries to take the usual port: a stack of another test gives it back within this time, a user's own does not. */
const MOST_TRIES = 100;
const PAUSE_MS = 200;

/** Takes the usual port as the server of another home does, unless one has it that stays. */
async function takeUsualPort(): Promise<Server> {
  for (let tries = 1; ; tries++) {
    const other = createServer((_, response) => response.end('ok\n')).listen(4800, '127.0.0.1');
    const isTaken = await once(other, 'listening').then(
      () => true,
      () => false,
    );
    if (isTaken || tries === MOST_TRIES) return other;
    await delay(PAUSE_MS);
  }
}

describe('a stack that is kept up', function () {
  this.timeout(120_000);
  const { cli, model, scratch } = useCli();
  const down = async (...options: readonly string[]) =>
    JSON.parse((await cli.exits(0, ['down', '--json', ...options])).stdout) as unknown;

  it('outlives `up --detach` and other commands, until `down`', async () => {
    assert.deepEqual(await down(), { stack: 'none' });
    const up = await cli.exits(0, ['up', '--detach', '--json']);
    assert.match(up.stdout, /"dashboard": "http:/);
    await cli.exits(0, ['status']);
    assert.notDeepEqual(cli.processes(), []);
    const attached = cli.start(['up']);
    await attached.untilSaid(/Leadwright is up, and stays up when this command ends, .*leadwright down$/m);
    attached.process.kill('SIGINT');
    await attached.done;
    await cli.exits(0, ['status']);
    assert.notDeepEqual(cli.processes(), [], 'as it said');
    assert.deepEqual(await down(), { stack: 'ended' });
    assert.deepEqual(cli.processes(), []);
  });

  it('keeps the page up for a run that waits for a person, which tells of no other time', async () => {
    model.answers('Asks', [{ tools: [{ name: 'ask_human', input: { question: 'Which?' } }] }]);
    const { options } = makeProject(scratch.path, 'asks', [{ id: 'a', title: 'Asks' }]);
    const run = ['run', ...options, '--id', 'asks', '--linger', '0s'];
    const ends = async () => (await cli.exits(1, run)).stdout.trimEnd().split('\n').at(-1) ?? '';
    assert.equal(await ends(), 'Bring the page back with:  leadwright up');
    await cli.exits(0, ['up', '--detach']);
    assert.match(await ends(), /^Answer on the page: {2}http:\S+$/);
    await down();
    const up = cli.start(['up']);
    await up.untilSaid(/dashboard/);
    assert.match(await ends(), /^Answer on the page: {2}http:\S+$/);
    await cli.exits(0, ['cancel', 'asks']);
    await down();
    await up.done;
  });

  it('says who has the usual port when its page is at another one, whichever command starts it', async () => {
    const other = await takeUsualPort();
    const warned = ({ stderr }: Ran) =>
      stderr.match(
        /^warning: port 4800 is used by .*\. The dashboard of this home is at http:\/\/127\.0\.0\.1:\d+$/gm,
      )?.length;
    try {
      assert.equal(warned(await cli.exits(0, ['up', '--detach'])), 1);
      const { options } = makeTwoTasks(model, scratch.path, 'port', { one: 3_000, two: 0 });
      assert.equal(warned(await cli.exits(0, ['run', ...options, '--id', 'port', '--detach'])), 1);
      assert.deepEqual(await down('--now'), { stack: 'ended' });
      assert.equal(warned(await cli.exits(0, ['pause', 'port'])), 1);
      assert.equal(warned(await cli.exits(0, ['up', '--detach'])), 1);
      assert.equal(warned(await cli.exits(2, ['pause', 'port'])), undefined, 'it was said at the start');
      assert.deepEqual(await down('--now'), { stack: 'ended' });
      assert.equal(warned(await cli.exits(0, ['resume', 'port'])), 1);
      assert.equal(warned(await cli.exits(0, ['status'])), undefined);
      await cli.untilQuiet();
    } finally {
      other.close();
      await down('--now');
    }
  });

  it('tells the commands and the doctor of another build that it runs other code', async () => {
    const other = makeOtherBuild(join(scratch.path, 'other'), (bundle) => `${bundle}\n// Another build.\n`);
    const ofOther = (...args: readonly string[]) => startCommand(args, cli.env, other).done;
    const warned = /^warning: The running stack was started by another build of Leadwright/m;
    const note = (ran: Ran) => doctorReport(ran).findings.find(({ what }) => what === 'stack');
    try {
      assert.doesNotMatch((await cli.exits(0, ['up', '--detach'])).stderr, warned);
      assert.doesNotMatch((await cli.exits(0, ['up', '--detach'])).stderr, warned);
      assert.match((await ofOther('up', '--detach')).stderr, warned);
      assert.equal(note(await cli.run(['doctor', '--json']))?.state, 'ok');
      const found = note(await ofOther('doctor', '--json'));
      assert.equal(found?.state, 'note');
      assert.match(found.fix ?? '', /leadwright down --now/);
      assert.deepEqual(await down('--now'), { stack: 'ended' });
      assert.doesNotMatch((await ofOther('up', '--detach')).stderr, warned);
    } finally {
      await down('--now');
    }
  });

  it('ends with `down` while `up` holds it, and `up` returns', async () => {
    const up = cli.start(['up']);
    await up.untilSaid(/dashboard/);
    assert.deepEqual(await down(), { stack: 'ended' });
    const ended = await up.done;
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /stopped \(`leadwright down`\)/);
    assert.deepEqual(cli.processes(), []);
  });

  it('finishes open work before it ends, except with --now', async () => {
    const { repository, options } = makeTwoTasks(model, scratch.path, 'kept', { one: 2_000, two: 2_000 });
    await cli.exits(0, ['up', '--detach']);
    await cli.exits(0, ['run', ...options, '--id', 'kept', '--detach']);
    assert.deepEqual(await down(), { stack: 'working' });
    await cli.untilQuiet();
    assert.equal(repository.git('show', 'leadwright/kept:two.txt'), 'x');

    const other = makeTwoTasks(model, scratch.path, 'now', { one: 2_000, two: 2_000 });
    const followed = cli.start(['run', ...other.options, '--id', 'now']);
    await followed.untilSaid(/one {2}started/);
    assert.deepEqual(await down('--now'), { stack: 'ended' });
    const left = await followed.done;
    assert.equal(left.code, 3, left.stderr);
    assert.match(left.stderr, /The stack was stopped[^]*leadwright up/);
    assert.deepEqual(cli.processes(), []);
    await cli.exits(0, ['watch', 'now']);
    assert.equal(other.repository.git('show', 'leadwright/now:two.txt'), 'x');
    assert.equal(
      model.callsFor('now one') + model.callsFor('now two') <= 3,
      true,
      'at most one call is lost',
    );
  });
});
