import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { signInLink } from '../../src/cli/print/dashboard-link.js';
import { withSession } from '../../src/cli/session/session.js';
import { runViewSchema } from '../../src/contract/run-view.js';
import { eventually } from '../support/eventually.js';
import { creates, submits } from '../support/model.js';
import { makeProject } from '../support/project.js';
import { startAtTerminal } from '../support/terminal.js';
import { useCli } from '../support/use-cli.js';

/** What follows the end of a run: the page, the notification, the ways to go on. */
describe('after a run', function () {
  this.timeout(600_000);
  const { cli, model, scratch } = useCli();
  const statuses = async (run: string) => {
    const view = await cli.view(run);
    return [view.status, ...view.tasks.map(({ status }) => status)];
  };

  it('keeps the page up for 20 s when it waits for a person, whose link signs in once', async () => {
    model.answers('Waits', [creates('a.txt', 'broken')]);
    const { options } = makeProject(scratch.path, 'waits', [{ id: 'a', title: 'Waits' }]);
    const ran = await cli.exits(1, ['run', ...options, '--id', 'waits', '--max-corrections', '0']);
    assert.match(
      ran.stdout,
      /Answer on the page, within 20s: [^]*bring the page back with: {2}leadwright up/,
    );
    const link = await withSession(cli.env, 'none', (session) => signInLink(session));
    const { origin, hash } = new URL(link);
    const code = /^#sign-in=([\w-]{20,})$/.exec(hash)?.[1] ?? assert.fail(link);
    const redeem = () =>
      fetch(`${origin}/sign-in`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ code }),
      });
    const first = await redeem();
    const { token } = (await first.json()) as { token: string };
    assert.equal(token, readFileSync(join(cli.home, 'token'), 'utf8').trim());
    const second = await redeem();
    assert.equal(second.status, 403);
    assert.doesNotMatch(await second.text(), new RegExp(token));
    assert.ok(!link.includes(token));
    await cli.untilQuiet();
    await cli.exits(0, ['cancel', 'waits']);
  });

  it('keeps the page up for an hour at a terminal, with a link that signs in, until `down`', async () => {
    model.answers('Lasts', [creates('a.txt', 'broken')]);
    const { options } = makeProject(scratch.path, 'lasts', [{ id: 'a', title: 'Lasts' }]);
    const env = { ...cli.env, CI: undefined };
    const run = startAtTerminal(['run', ...options, '--id', 'lasts', '--max-corrections', '0'], env);
    const said = await run.untilSaid(
      /Answer on the page, within 1h 00m \(the link signs in once, within \d+m 00s\): +\S+\s/,
    );
    const { origin, hash } = new URL(
      /Answer on the page, [^]*?: +(http\S+)/.exec(said)?.[1] ?? assert.fail(said),
    );
    assert.match(hash, /^#sign-in=[\w-]{20,}\/runs\/lasts$/);
    assert.equal(await run.ended, 1);
    // Without a terminal it would be gone by then.
    await delay(22_000);
    assert.equal((await fetch(origin)).status, 200);
    await cli.exits(0, ['down']);
    await cli.untilQuiet();
    await assert.rejects(fetch(origin));
    await cli.exits(0, ['cancel', 'lasts']);
  });

  it('ends at once with `--linger 0s`', async () => {
    model.answers('Waits not', [creates('a.txt', 'broken')]);
    const { options } = makeProject(scratch.path, 'gone', [{ id: 'a', title: 'Waits not' }]);
    const run = ['run', ...options, '--id', 'gone', '--max-corrections', '0'];
    await cli.exits(2, [...run, '--linger', 'soon']);
    const { stdout } = await cli.exits(1, [...run, '--linger', '0s']);
    assert.doesNotMatch(stdout, /within 0s|Answer on the page/);
    assert.match(stdout, /Bring the page back with: {2}leadwright up/);
    assert.match(stdout, /: 1 task of gone, on /);
    await cli.untilQuiet();
  });

  it('tells `on_end` of the end, before `run` returns', async () => {
    const told = join(scratch.path, 'end.json');
    model.answers('Ends', [creates('a.txt', 'x')]);
    const { options } = makeProject(scratch.path, 'ends', [{ id: 'a', title: 'Ends' }], {
      on_end: `cat > ${told}`,
    });
    const ran = await cli.exits(0, ['run', ...options, '--id', 'ends', '--json']);
    const view = runViewSchema.parse(JSON.parse(ran.stdout));
    const toldView: unknown = JSON.parse(readFileSync(told, 'utf8'));
    assert.deepEqual({ ...view, urls: undefined }, { ...Object(toldView), urls: undefined });
    assert.ok(typeof toldView === 'object' && toldView !== null && !('urls' in toldView));
  });

  it('tells of a cancelled run, which `resume` continues with its open tasks and questions', async () => {
    const told = join(scratch.path, 'cancelled.json');
    model.answers('Asked', [{ tools: [{ name: 'ask_human', input: { question: 'Which?' } }] }]);
    model.answers('Follows', [creates('b.txt', 'x')]);
    const { options } = makeProject(
      scratch.path,
      'back',
      [
        { id: 'a', title: 'Asked' },
        { id: 'b', title: 'Follows', depends_on: ['a'] },
      ],
      { on_end: `cat > ${told}` },
    );
    await cli.exits(1, ['run', ...options, '--id', 'back', '--linger', '0s']);
    await cli.exits(0, ['cancel', 'back']);
    assert.equal((JSON.parse(readFileSync(told, 'utf8')) as { status: string }).status, 'cancelled');
    assert.deepEqual(await statuses('back'), ['cancelled', 'cancelled', 'cancelled']);
    const resumed = await cli.exits(0, ['resume', 'back']);
    assert.match(resumed.stdout, /has its open tasks and questions again/);
    await cli.run(['watch', 'back']);
    assert.deepEqual(await statuses('back'), ['blocked', 'blocked', 'pending']);
    model.answers('Asked', [creates('a.txt', 'x', { on: 'answered' })]);
    await cli.exits(2, ['answer', 'back:a:1', '  ']);
    await cli.exits(0, ['answer', 'back:a:1', 'This one']);
    await cli.exits(0, ['watch', 'back']);
    assert.deepEqual(await statuses('back'), ['completed', 'completed', 'completed']);
    assert.equal((JSON.parse(readFileSync(told, 'utf8')) as { status: string }).status, 'completed');
  });

  it('says how to get what has landed when a run is cancelled whose repository is away', async () => {
    model.answers('Lands', [creates('a.txt', 'good\n')]);
    model.answers('Waits then', [{ tools: [{ name: 'ask_human', input: { question: 'Which?' } }] }]);
    const { repository, options } = makeProject(scratch.path, 'away', [
      { id: 'a', title: 'Lands' },
      { id: 'b', title: 'Waits then', depends_on: ['a'] },
    ]);
    await cli.exits(1, ['run', ...options, '--id', 'away', '--linger', '0s']);
    const { root } = repository;
    const { commit } = await cli.view('away');
    renameSync(root, `${root}-elsewhere`);
    const cancelled = await cli.exits(0, ['cancel', 'away']);
    assert.equal(cancelled.stdout, 'Cancelled.\n');
    const command = /make a branch of it with: {2}(git .*)/.exec(cancelled.stderr)?.[1] ?? '';
    renameSync(`${root}-elsewhere`, root);
    execFileSync('sh', ['-c', command], { stdio: 'pipe' });
    const got = execFileSync('git', ['-C', root, 'rev-parse', 'leadwright/away-landed'], {
      encoding: 'utf8',
    });
    assert.equal(got.trim(), commit);
  });

  it('starts anew under the id of a run that could not start, while `on_end` still tells of that', async () => {
    const release = join(scratch.path, 'release');
    model.answers('Anew', [submits([{ path: 'a.txt', action: 'modify', content: 'good\n' }])]);
    const { options } = makeProject(scratch.path, 'anew', [{ id: 'a', title: 'Anew', files: ['a.txt'] }], {
      files: { 'a.txt': 'broken\n' },
      on_end: `if grep -q '"status":"failed"'; then until test -e ${release}; do sleep 0.1; done; fi`,
    });
    const run = ['run', ...options, '--id', 'anew'];
    try {
      await cli.exits(3, run);
      await cli.exits(0, [...run, '--allow-red-base', '--detach']);
      await eventually(
        async () => (await cli.view('anew')).status === 'completed',
        'the new run has a lead of its own',
      );
    } finally {
      writeFileSync(release, '');
    }
  });

  it('resumes a cancelled run that waited for its `verify` only', async () => {
    const fixed = join(scratch.path, 'fixed');
    model.answers('Verified', [creates('a.txt', 'x')]);
    const { options } = makeProject(scratch.path, 'unverified', [{ id: 'a', title: 'Verified' }], {
      verify: `echo looked for it; test -e ${fixed}`,
    });
    await cli.exits(1, ['run', ...options, '--id', 'unverified', '--linger', '0s']);
    const shown = await cli.exits(0, ['show', 'unverified']);
    assert.match(shown.stdout, /^verify failed on the branch \(echo looked for it; .*\n +looked for it$/m);
    await cli.exits(0, ['cancel', 'unverified']);
    assert.match((await cli.exits(0, ['status', 'unverified'])).stdout, /leadwright resume unverified$/m);
    await cli.exits(0, ['resume', 'unverified']);
    await cli.run(['watch', 'unverified']);
    assert.deepEqual(await statuses('unverified'), ['blocked', 'completed']);
    assert.deepEqual(
      (await cli.blockers('unverified')).map(({ reason, id }) => [reason, id]),
      [['verify', 'unverified:2']],
    );
    await cli.exits(0, ['answer', 'unverified:2', '--accept']);
    await cli.exits(0, ['watch', 'unverified']);
    assert.deepEqual(await statuses('unverified'), ['completed', 'completed']);
  });

  it('refuses from the record what has ended: no stack is started for it', async () => {
    model.answers('Over', [{ tools: [{ name: 'ask_human', input: { question: 'Which?' } }] }]);
    const { options } = makeProject(scratch.path, 'over', [{ id: 'a', title: 'Over' }]);
    await cli.exits(1, ['run', ...options, '--id', 'over', '--linger', '0s']);
    await cli.exits(0, ['answer', 'over:a:1', '--skip']);
    await cli.exits(1, ['watch', 'over']);
    await cli.untilQuiet();
    const refused: readonly [readonly string[], RegExp][] = [
      [['pause', 'over'], /The run over is failed: it has ended, and there is nothing to pause/],
      [['resume', 'over'], /The run over is failed: [^]*leadwright retry over --failed/],
      [['cancel', 'over'], /The run over is failed: it has ended, and there is nothing to cancel/],
      [['answer', 'over:a:1', '--skip'], /The blocker over:a:1 was answered before, by /],
      [['watch', 'nobody'], /There is no run nobody\. List the runs with/],
      [['events', 'nobody', '--follow'], /There is no run nobody\. List the runs with/],
      [['replay', '--run', 'nobody'], /There is no run nobody\. List the runs with/],
    ];
    for (const [command, said] of refused) {
      const { stderr } = await cli.exits(2, command);
      assert.match(stderr, said);
      assert.doesNotMatch(stderr, /starting (Temporal|a worker)/, command.join(' '));
    }
  });

  it('answers all blockers, or several, and retries all that failed', async () => {
    const ids = ['one', 'two', 'three', 'four', 'asking'];
    for (const id of ids)
      model.answers(`Many ${id}`, [creates(`${id}.txt`, 'broken'), creates(`${id}.txt`, 'broken again')]);
    model.answers('Many asking', [{ tools: [{ name: 'ask_human', input: { question: 'Which one?' } }] }]);
    const { options } = makeProject(
      scratch.path,
      'many',
      ids.map((id) => ({ id, title: `Many ${id}` })),
    );
    const ran = await cli.exits(1, [
      'run',
      ...options,
      '--id',
      'many',
      '--max-corrections',
      '0',
      '--linger',
      '0s',
    ]);
    assert.match(ran.stdout, /answer many:four:1 --retry 3/);
    assert.doesNotMatch(ran.stdout, /answer many:asking:1 --retry/);
    const unknown = await cli.exits(2, ['answer', 'many:one:1', 'many:none:1', '--skip']);
    assert.match(unknown.stderr, /There is no blocker many:none:1/);
    assert.doesNotMatch(unknown.stderr, /starting Temporal/, 'what is wrong is in the record');
    assert.equal((await cli.blockers('many')).length, 5, 'nothing was recorded');
    const unnumbered = await cli.exits(2, ['answer', 'latest:asking', 'The second']);
    assert.match(
      unnumbered.stderr,
      /There is no blocker latest:asking\. Open is many:asking:1: Which one\?\n/,
    );
    assert.match(unnumbered.stderr, /^ +leadwright answer many:asking:1 "TEXT" +\(answers the agent\)$/m);
    const untasked = await cli.exits(2, ['answer', 'many', 'The second']);
    assert.match(
      untasked.stderr,
      /no blocker many\. Open are many:.* See them with: {2}leadwright blockers many/,
    );
    const skipped = await cli.exits(0, ['answer', 'many:one:1', 'many:two:1', 'Too hard', '--skip']);
    assert.match(skipped.stdout, /Answered 2 blockers: .* Your text is recorded as the reason/);
    const rest = await cli.exits(0, ['answer', 'many:one:1', 'many:three:1', 'many:two:1', '--skip']);
    assert.match(
      rest.stderr,
      /Skipped many:one:1: it was answered before, by .*\nSkipped many:two:1: it was answered before/,
    );
    assert.match(rest.stdout, /^Answered: /);
    const again = await cli.exits(2, ['answer', 'many:one:1', 'many:two:1', '--skip']);
    assert.match(again.stderr, /many:one:1 was answered before/);
    const open = async () => (await cli.blockers('many')).map(({ id }) => id).sort();
    assert.deepEqual(await open(), ['many:asking:1', 'many:four:1']);
    const more = await cli.exits(0, ['answer', '--all', 'many', '--retry', '1']);
    assert.match(more.stderr, /^Left many:asking:1 open: .*an agent asks/m);
    await cli.exits(1, ['watch', 'many']);
    assert.deepEqual(await open(), ['many:asking:1', 'many:four:2']);
    const refused = await cli.exits(2, ['answer', 'many:asking:1', '--retry', '1']);
    assert.match(refused.stderr, /text: an agent asks/);
    await cli.exits(0, ['answer', '--all', 'many', '--skip']);
    await cli.exits(2, ['answer', '--all', 'many', '--skip']);
    await cli.exits(1, ['watch', 'many']);
    assert.deepEqual(await statuses('many'), ['failed', ...ids.map(() => 'skipped')]);
    for (const id of ids) {
      const fine = creates(`${id}.txt`, 'fine', { on: 'answered' });
      model.answers(`Many ${id}`, [fine, fine]);
    }
    await cli.exits(2, ['retry', 'many']);
    const retried = await cli.exits(0, ['retry', 'many', '--failed']);
    assert.match(retried.stdout, /Retrying: one, two, three, four, asking/);
    await cli.exits(0, ['watch', 'many']);
    assert.deepEqual(await statuses('many'), ['completed', ...ids.map(() => 'completed')]);
    await cli.exits(2, ['retry', 'many', '--failed']);
    const ofCompleted = await cli.exits(2, ['retry', 'many', 'one']);
    assert.match(
      ofCompleted.stderr,
      /The task one is completed: only a failed or skipped task can be retried/,
    );
    assert.doesNotMatch(ofCompleted.stderr, /starting/, 'no worker is started for it');
  });
});
