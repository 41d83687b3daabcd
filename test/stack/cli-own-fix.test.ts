import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { creates, submits } from '../support/model.js';
import { makeProject } from '../support/project.js';
import type { TestFiles } from '../support/repository.js';
import { useCli } from '../support/use-cli.js';

/** What a person does with the work of an agent: look at it, run it, hand in a correction. */
describe("a person's own fix", function () {
  this.timeout(180_000);
  const { cli, model, scratch } = useCli({ up: () => ({}) });

  /** A run with one task whose tests are red: `a.txt` says "broken". */
  async function blocked(name: string, more: Readonly<Record<string, unknown>> = {}, second?: TestFiles) {
    model.answers(`Fix ${name}`, [submits([{ path: 'a.txt', action: 'create', content: 'broken' }])]);
    const project = makeProject(scratch.path, name, [{ id: 'a', title: `Fix ${name}` }], more);
    if (second !== undefined) project.repository.commit(second);
    await cli.exits(1, ['run', ...project.options, '--id', name, '--max-corrections', '0']);
    return project;
  }

  /** Everything of a repository that a command could have touched, but for the run's branch. */
  const stateOf = (repository: { git(...args: readonly string[]): string; root: string }, run: string) => [
    repository.git('status', '--porcelain'),
    repository
      .git('for-each-ref')
      .split('\n')
      .filter((line) => !line.endsWith(`/leadwright/${run}`)),
    repository.git('worktree', 'list'),
    readFileSync(join(repository.root, '.git', 'config'), 'utf8'),
    readFileSync(join(repository.root, '.git', 'HEAD'), 'utf8'),
  ];
  const gitIn = (folder: string, ...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b', ...args], {
      cwd: folder,
      encoding: 'utf8',
    }).trim();
  const statuses = async (run: string) => {
    const view = await cli.view(run);
    return [view.status, ...view.tasks.map(({ status }) => status)];
  };

  it('checks out the work byte for byte, as a repository of its own, and hands in what was committed there', async () => {
    const { repository } = await blocked(
      'bytes',
      {
        files: {
          'crlf.bat': 'one\r\ntwo\r\n',
          'run.sh': { executable: '#!/bin/sh\n' },
          link: { link: 'run.sh' },
          'Ünï/ .txt': 'x',
        },
      },
      // In a commit of its own: git would convert a file that is added with it.
      { '.gitattributes': '* text=auto\n*.bat eol=lf filter=evil\n' },
    );
    const before = stateOf(repository, 'bytes');
    const folder = join(scratch.path, 'bytes-fix');
    const ran = await cli.exits(0, ['checkout', 'bytes', 'a', folder, '--json']);
    const { commit, blocker } = JSON.parse(ran.stdout) as { commit: string; blocker: string };
    assert.equal(blocker, 'bytes:a:1');
    assert.equal(gitIn(folder, 'rev-parse', 'HEAD'), commit);
    assert.equal(gitIn(folder, 'status', '--porcelain'), '');
    assert.equal(readFileSync(join(folder, 'crlf.bat'), 'utf8'), 'one\r\ntwo\r\n');
    assert.equal(readFileSync(join(folder, 'a.txt'), 'utf8'), 'broken');
    assert.equal(lstatSync(join(folder, 'run.sh')).mode & 0o777, 0o755);
    assert.equal(readlinkSync(join(folder, 'link')), 'run.sh');
    assert.equal(readFileSync(join(folder, 'Ünï', ' .txt'), 'utf8'), 'x');

    const again = await cli.exits(2, ['checkout', 'bytes', 'a', folder]);
    assert.match(again.stderr, /is not empty/);

    writeFileSync(join(folder, 'a.txt'), 'mended\r\n');
    gitIn(folder, 'commit', '--quiet', '-a', '-m', 'Mend it');
    const mended = gitIn(folder, 'rev-parse', 'HEAD');
    const answered = await cli.exits(0, ['answer', blocker, '--commit', mended]);
    assert.ok(answered.stderr.includes(`Took ${mended} "Mend it" of ${folder}\n`), answered.stderr);
    await cli.exits(0, ['watch', 'bytes']);
    assert.deepEqual(await statuses('bytes'), ['completed', 'completed']);
    const landed = repository.git('rev-parse', 'leadwright/bytes^{tree}');
    assert.equal(landed, gitIn(folder, 'rev-parse', 'HEAD^{tree}'));
    assert.deepEqual(stateOf(repository, 'bytes'), before);
    const [task] = (await cli.view('bytes')).tasks;
    assert.deepEqual([task?.verdict, task?.attempts, task?.corrections], ['passed', 2, 0]);
    const shown = (await cli.run(['show', 'bytes', 'a'])).stdout;
    assert.match(
      shown,
      new RegExp(`── attempt 2\\n {2}Handed in by [^\\n]+: Mend it\\n *\\n {2}Its commit: ${mended}\\n`),
    );
  });

  it('asks again with the failing part when the commit is red, and takes a branch of the repository', async () => {
    const { repository } = await blocked('branch', {
      files: { 'README.md': 'Read me.\n', 'test/guard.test.txt': 'guard\n' },
    });
    repository.git('switch', '--quiet', '--create', 'mine');
    repository.commit({ 'a.txt': 'still broken' });
    await cli.exits(0, ['answer', 'branch:a:1', '--commit', 'mine']);
    await cli.exits(1, ['watch', 'branch']);
    const [blocker] = await cli.blockers('branch');
    assert.equal(blocker?.id, 'branch:a:2');
    assert.match(blocker.question, /The commit that was handed in fails its tests/);

    // A person may change what an agent may not.
    repository.commit({ 'a.txt': 'whole', 'test/guard.test.txt': 'changed\n' });
    await cli.exits(0, ['answer', 'branch:a:2', '--commit', 'mine']);
    await cli.exits(0, ['watch', 'branch']);
    assert.deepEqual(await statuses('branch'), ['completed', 'completed']);
    assert.equal(repository.git('show', 'leadwright/branch:test/guard.test.txt'), 'changed');
    assert.equal(
      repository.git('rev-parse', 'leadwright/branch^{tree}'),
      repository.git('rev-parse', 'mine^{tree}'),
    );
    assert.match((await cli.run(['show', 'branch'])).stdout, /Handed in by /);
  });

  it('refuses a commit that is none, that has another history, or that conflicts', async () => {
    model.answers('Lands first', [creates('shared.txt', 'theirs')]);
    model.answers('Fix refused', [creates('a.txt', 'broken')]);
    const { repository, options } = makeProject(scratch.path, 'refused', [
      { id: 'first', title: 'Lands first' },
      { id: 'a', title: 'Fix refused', depends_on: ['first'] },
    ]);
    await cli.exits(1, ['run', ...options, '--id', 'refused', '--max-corrections', '0']);
    const answer = ['answer', 'refused:a:1', '--commit'];
    assert.match((await cli.exits(2, [...answer, 'nowhere'])).stderr, /has no commit "nowhere"/);
    repository.git('switch', '--quiet', '--orphan', 'other');
    repository.commit({ 'x.txt': 'x' });
    assert.match((await cli.exits(2, [...answer, 'other'])).stderr, /does not descend from the base/);
    repository.git('switch', '--quiet', '--create', 'mine', 'main');
    repository.commit({ 'shared.txt': 'mine', 'a.txt': 'good' });
    assert.match(
      (await cli.exits(2, [...answer, 'mine'])).stderr,
      /conflicts with what has landed .* shared\.txt/,
    );
    assert.equal((await cli.blockers('refused')).length, 1);
    repository.git('switch', '--quiet', '--create', 'based', 'main');
    repository.commit({ 'a.txt': 'good' });
    await cli.exits(0, [...answer, 'based']);
    await cli.exits(0, ['watch', 'refused']);
    assert.equal(repository.git('show', 'leadwright/refused:shared.txt'), 'theirs');
    assert.equal(repository.git('show', 'leadwright/refused:a.txt'), 'good');
  });

  it('runs a command on the newest work, with the output as it comes and its exit code', async () => {
    await blocked('run-it', { setup: 'mkdir -p node_modules && echo made > node_modules/layer' });
    const ran = await cli.exits(7, ['exec', 'run-it', 'a', '--', 'cat a.txt node_modules/layer; exit 7']);
    assert.equal(ran.stdout, 'brokenmade\n');
    const words = await cli.exits(0, ['exec', 'run-it', 'a', '--json', '--', 'printf', '%s|', 'a b', "c'd"]);
    const { output, exitCode } = JSON.parse(words.stdout) as { output: string; exitCode: number };
    assert.deepEqual([output, exitCode], ["a b|c'd|", 0]);
    const running = cli.start(['exec', 'run-it', 'a', '--', 'echo started; sleep 600']);
    await running.untilSaid(/started/);
    running.process.kill('SIGINT');
    assert.equal((await running.done).code, 130);
    assert.match((await cli.exits(2, ['exec', 'run-it', 'none', '--', 'true'])).stderr, /has no task none/);
  });

  it('writes the folder only if it is new or empty', async () => {
    const folder = join(scratch.path, 'empty-one');
    mkdirSync(folder);
    chmodSync(folder, 0o700);
    const { stdout } = await cli.exits(0, ['checkout', 'run-it', 'a', folder]);
    // New files, too.
    assert.match(stdout, /git add -A && git commit && leadwright answer run-it:a:1 --commit HEAD/);
    assert.ok(existsSync(join(folder, 'a.txt')));
    const file = join(scratch.path, 'a-file');
    writeFileSync(file, '');
    assert.match((await cli.exits(2, ['checkout', 'run-it', 'a', file])).stderr, /is not a folder/);
  });
});
