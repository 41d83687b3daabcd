import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChangeLogs } from '../../src/codebase/change-logs.js';
import { commitSha, type CommitSha } from '../../src/contract/ids.js';
import { parseChangeLog, readChangeLog } from '../../src/git/user/change-log.js';
import { makeRepository, scratchFolder, type TestRepository } from '../support/repository.js';

describe('the change log of the user’s repository', () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());

  let made = 0;
  const history = () => makeRepository(join(scratch.path, `repo-${++made}`), { 'a.txt': 'a\n' });
  const gitDirOf = ({ root }: TestRepository) => join(root, '.git');
  /** Commits a change of these files. */
  const write = (repository: TestRepository, message: string, ...paths: string[]): CommitSha =>
    repository.commit(Object.fromEntries(paths.map((path) => [path, `${message}\n`])), message);

  const commitsOf = async (repository: TestRepository, commit: CommitSha) =>
    (await readChangeLog(gitDirOf(repository), commit)).commits;

  it('has the ancestors of a commit only, the newest first, without merges', async () => {
    const repository = history();
    repository.git('checkout', '-q', '-b', 'side');
    write(repository, 'Aside', 'c.txt');
    repository.git('checkout', '-q', '-');
    const commit = write(repository, 'Both\n\nWith a body.', 'a.txt', 'ü\n.txt');
    repository.git('merge', '-q', '--no-ff', '-m', 'A merge', 'side');
    const merge = commitSha(repository.git('rev-parse', 'HEAD'));
    write(repository, 'Later', 'later.txt');
    const { commits, isComplete } = await readChangeLog(gitDirOf(repository), commit);
    assert.equal(isComplete, true);
    const [newest, oldest, ...more] = commits;
    assert.deepEqual(newest, { message: 'Both\n\nWith a body.\n', paths: ['a.txt', 'ü\n.txt'] });
    assert.deepEqual(oldest?.paths, ['a.txt']);
    assert.deepEqual(more, []);
    const messages = (await commitsOf(repository, merge)).map(({ message }) => message.trim());
    assert.deepEqual([...messages].sort().slice(0, 2), ['Aside', 'Both\n\nWith a body.']);
    assert.ok(!messages.some((message) => /merge|Later/.test(message)));
  });

  it('leaves out commits that change very many files', async () => {
    const repository = history();
    write(repository, 'Sweep', ...Array.from({ length: 60 }, (_, at) => `many-${at}.txt`));
    const commit = write(repository, 'Small', 'a.txt');
    const log = await commitsOf(repository, commit);
    assert.deepEqual(log.map(({ message }) => message.trim()).slice(0, 1), ['Small']);
    assert.ok(!log.some(({ message }) => message.startsWith('Sweep')));
  });

  it('has what a shallow clone has, and nothing of an unknown commit', async () => {
    const repository = history();
    write(repository, 'One', 'a.txt');
    const commit = write(repository, 'Two', 'a.txt');
    const clone = join(scratch.path, 'shallow');
    repository.git('clone', '-q', '--depth', '1', `file://${repository.root}`, clone);
    const logs = new ChangeLogs(join(scratch.path, 'shallow-logs'));
    const log = await logs.of(join(clone, '.git'), commit);
    assert.ok(log.length <= 1);
    const { isComplete } = await readChangeLog(join(clone, '.git'), commitSha('1'.repeat(40)));
    assert.equal(isComplete, false, 'such a log is not kept');
    assert.deepEqual(await commitsOf(repository, commitSha('1'.repeat(40))), []);
  });

  it('reads output that was cut off anywhere', () => {
    const whole = Buffer.from('\0mOne\n\0\na.ts\0b.ts\0\0m\0\nc.ts\0');
    assert.deepEqual(parseChangeLog(whole), [
      { message: 'One\n', paths: ['a.ts', 'b.ts'] },
      { message: '', paths: ['c.ts'] },
    ]);
    for (let end = 0; end < whole.length; end++)
      assert.ok(parseChangeLog(whole.subarray(0, end)).length <= 2);
  });

  it('is kept in the home, for its owner only, and read anew when it is damaged', async () => {
    const repository = history();
    const commit = write(repository, 'One', 'a.txt');
    const cache = join(scratch.path, 'cache', 'logs');
    const log = await new ChangeLogs(cache).of(gitDirOf(repository), commit);
    assert.equal(log[0]?.message.trim(), 'One');
    const file = join(cache, `${commit}.json`);
    assert.equal(statSync(file).mode & 0o077, 0);
    assert.equal(statSync(cache).mode & 0o077, 0);
    // The repository is gone, what is kept is not.
    assert.deepEqual(await new ChangeLogs(cache).of('/nowhere', commit), log);
    writeFileSync(file, '[{"message": 1}]');
    assert.deepEqual(await new ChangeLogs(cache).of(gitDirOf(repository), commit), log);
    assert.deepEqual(await new ChangeLogs(cache).of('/nowhere', commit), log);
  });

  it('is empty when the repository is gone', async () => {
    const cache = join(scratch.path, 'gone');
    const nowhere = join(scratch.path, 'nowhere');
    assert.deepEqual(await new ChangeLogs(cache).of(nowhere, commitSha('2'.repeat(40))), []);
    assert.ok(!existsSync(cache) || readdirSync(cache).length === 0);
  });
});
