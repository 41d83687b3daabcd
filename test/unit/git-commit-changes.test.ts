import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { importStream } from '../../src/git/store/fast-import.js';
import { RefusedChangeError } from '../../src/git/process/git-errors.js';
import { GitStore } from '../../src/git/store/git-store.js';
import type { Change } from '../../src/git/store/commit-changes.js';
import { AT, execGit, useStore, write } from '../support/store.js';

describe('commitChanges', () => {
  const { store, folder, imported, commit, text } = useStore();

  it('writes, changes and deletes files, byte for byte', async () => {
    const { base } = await imported({ 'a.txt': 'a', 'd/b.txt': 'b', 'd/gone.txt': '' });
    const bytes = Buffer.from([0, 0xff, 0x0d, 0x0a, 0x0a]);
    const made = await commit(base, [
      write('a.txt', 'new'),
      { path: 'n/e/w', content: bytes },
      { path: 'd/gone.txt', delete: true },
    ]);
    assert.deepEqual(await store().readFile(made, 'n/e/w'), bytes);
    assert.equal(await text(made, 'a.txt'), 'new');
    assert.equal(await store().readFile(made, 'd/gone.txt'), null);
    assert.deepEqual(await store().changedPaths(base, made), ['a.txt', 'd/gone.txt', 'n/e/w']);
    assert.equal(await store().parentOf(made), base);
  });

  it('gives the same SHA for the same input in any store', async () => {
    const { repository, base } = await imported();
    const changes = [write('b', 'b'), write('c', 'c')];
    const first = await commit(base, changes);
    assert.equal(await commit(base, [...changes].reverse()), first);
    const other = await GitStore.open(folder());
    await other.importBase({ gitDir: join(repository.root, '.git') }, base);
    assert.equal(await other.commitChanges({ parent: base, changes, message: 'x', at: AT }), first);
    other.close();
  });

  it('sets Leadwright as author, the given time and the given message', async () => {
    const { base } = await imported();
    const made = await commit(base, [write('b', 'b')], 'Title\n\nRun: r1\n');
    const patch = await store().diff(base, made);
    assert.match(patch, /\+b/);
    const raw = execGit(store(), 'cat-file', 'commit', made);
    const who = 'Leadwright <leadwright@localhost> 1795467600 +0000';
    assert.ok(raw.endsWith(`author ${who}\ncommitter ${who}\n\nTitle\n\nRun: r1\n`), raw);
  });

  it('returns the parent if nothing changes', async () => {
    const { base } = await imported({ a: 'a' });
    assert.equal(await commit(base, []), base);
    assert.equal(await commit(base, [write('a', 'a')]), base);
  });

  it('keeps executable bits and sets none on new files', async () => {
    const { base } = await imported({ 'run.sh': { executable: 'x' } });
    const made = await commit(base, [write('run.sh', 'y'), write('new.sh', 'y')]);
    const modes = (await store().listTree(made)).map(({ path, mode }) => [path, mode]);
    assert.deepEqual(modes, [
      ['new.sh', '100644'],
      ['run.sh', '100755'],
    ]);
  });

  it('accepts unusual names unchanged', async () => {
    const names = ['sp ace', '-dash', '"q"', "it's", 'ä/日本', '(top)x', '*', '~', 'a%b', 'HEAD'];
    const { base } = await imported(Object.fromEntries(names.map((name) => [`old/${name}`, name])));
    const made = await commit(
      base,
      names.map((name) => write(name, `new ${name}`)),
    );
    for (const name of names) {
      assert.equal(await text(made, name), `new ${name}`);
      assert.equal(await text(made, `old/${name}`), name);
    }
    assert.deepEqual([...(await store().changedPaths(base, made))].sort(), [...names].sort());
  });

  const refusals: readonly (readonly [string, Change, RegExp])[] = [
    ['a path outside the repository', write('../x', ''), /segment/],
    ['a path in .git', write('.git/config', ''), /own folder/],
    ['a path through a symbolic link', write('link/x', ''), /symbolic link/],
    ['a path of a symbolic link', write('link', ''), /symbolic link/],
    ['a file over a folder', write('dir', ''), /folder/],
    ['a folder over a file', write('file/x', ''), /is a file/],
    ['the deletion of a folder', { path: 'dir', delete: true }, /folder/],
    ['the deletion of a missing file', { path: 'none', delete: true }, /does not exist/],
  ];
  for (const [what, change, reason] of refusals) {
    it(`refuses ${what} and writes nothing`, async () => {
      const { base } = await imported({ link: { link: '/tmp' }, 'dir/x': '', file: '' });
      await assert.rejects(commit(base, [write('fine', 'x'), change]), (error) => {
        assert.ok(error instanceof RefusedChangeError);
        assert.equal(error.path, change.path);
        assert.match(error.reason, reason);
        return true;
      });
    });
  }

  it('refuses to write below a submodule', async () => {
    const { repository } = await imported();
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`);
    repository.git('commit', '-qm', 'sub');
    await store().importBase({ gitDir: join(repository.root, '.git') }, repository.head());
    await assert.rejects(commit(repository.head(), [write('sub/x', '')]), RefusedChangeError);
  });

  it('leaves no commit, ref or damage when its input breaks off', async () => {
    const { base } = await imported();
    const content = Buffer.alloc(200_000, 'x');
    const files = [{ path: Buffer.from('big'), mode: '100644', content }] as const;
    const stream = importStream({ parent: base, files, message: 'x', at: AT });
    const child = spawn('git', [`--git-dir=${store().gitDir}`, 'fast-import', '--quiet', '--done']);
    child.stdin.write(stream.subarray(0, 100_000));
    child.stdout.resume();
    child.stderr.resume();
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.equal(execGit(store(), 'for-each-ref', 'refs/leadwright/import'), '');
    const made = await commit(base, [{ path: 'big', content }]);
    assert.deepEqual(await store().readFile(made, 'big'), content);
    assert.equal(execGit(store(), 'fsck', '--connectivity-only', made).includes('missing'), false);
  });

  it('stops on abort', async () => {
    const { base } = await imported();
    const reason = new Error('cancelled');
    const set = { parent: base, changes: [write('b', '')], message: 'x', at: AT };
    await assert.rejects(store().commitChanges(set, AbortSignal.abort(reason)), reason);
  });
});
