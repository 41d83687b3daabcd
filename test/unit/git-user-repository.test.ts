import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '../../src/contract/errors.js';
import { publishBranch } from '../../src/git/user/publish.js';
import { checkBranchWritable } from '../../src/git/user/user-branch.js';
import { inspectRepository } from '../../src/git/user/user-repository.js';
import { ENVIRONMENT, TestRepository } from '../support/repository.js';
import { useStore } from '../support/store.js';

const BRANCH = 'leadwright/r1';

const POINTER = [
  'version https://git-lfs.github.com/spec/v1',
  `oid sha256:${'0'.repeat(64)}`,
  'size 12345',
  '',
].join('\n');

describe("inspecting the user's repository", () => {
  const { store, folder, repository } = useStore();

  it('finds the root from a folder inside', async () => {
    const user = repository({ 'd/e/x': '' });
    const seen = await inspectRepository(join(user.root, 'd', 'e'));
    assert.deepEqual(seen, {
      root: user.root,
      gitDir: join(user.root, '.git'),
      head: user.head(),
      uncommitted: [],
      submodules: [],
      lfsFiles: [],
    });
  });

  for (const name of ['.gitattributes', 'web/.gitignore']) {
    it(`refuses patterns with which git takes twice the time for each **/: ${name}`, async () => {
      const pattern = (count: number) => `*.js\n${'**/'.repeat(count)}zz text\n`;
      await inspectRepository(repository({ [name]: pattern(12) }).root);
      const { root } = repository({ [name]: pattern(13) });
      await assert.rejects(inspectRepository(root), (error: unknown) => {
        assert.ok(error instanceof EnvironmentError);
        assert.ok(
          error.message.startsWith(`${name} of ${root} has more than 12 times **/ in line 2`),
          error.message,
        );
        return true;
      });
    });
  }

  for (const [what, files] of [
    ['a changed file', { 'a.txt': 'changed' }],
    ['a deleted file', { 'a.txt': null }],
    ['a new file', { new: '' }],
  ] as const) {
    it(`names ${what}`, async () => {
      const user = repository();
      user.write(files);
      assert.deepEqual((await inspectRepository(user.root)).uncommitted, Object.keys(files));
    });
  }

  it('ignores files that git ignores', async () => {
    const user = repository({ '.gitignore': 'out/\n' });
    user.write({ 'out/x': '' });
    assert.deepEqual((await inspectRepository(user.root)).uncommitted, []);
  });

  it('works in a folder with a line break in its name, whose own excluded files are no change', async () => {
    const user = repository();
    const root = `${user.root}\nshop`;
    renameSync(user.root, root);
    writeFileSync(join(root, '.git', 'info', 'exclude'), 'notes\n');
    writeFileSync(join(root, 'notes'), '');
    const { gitDir, uncommitted, ...seen } = await inspectRepository(root);
    renameSync(root, user.root);
    assert.deepEqual([seen.root, gitDir, uncommitted], [root, join(root, '.git'), []]);
  });

  it('works from a linked worktree', async () => {
    const user = repository();
    const linked = folder();
    user.git('worktree', 'add', '--quiet', '-b', 'side', linked);
    const seen = await inspectRepository(linked);
    assert.equal(seen.root, linked);
    assert.equal(seen.gitDir, join(user.root, '.git'));
    await store().importBase(seen, seen.head);
    assert.equal(await publishBranch(seen, store(), BRANCH, seen.head, { base: seen.head }), 'moved');
    assert.equal(user.git('rev-parse', BRANCH), seen.head);
  });

  it('works in a bare repository', async () => {
    const user = repository();
    const bare = folder();
    user.git('clone', '--quiet', '--bare', user.root, bare);
    const seen = await inspectRepository(bare);
    assert.deepEqual([seen.root, seen.gitDir, seen.uncommitted], [bare, bare, []]);
    await checkBranchWritable(seen, BRANCH);
    await store().importBase(seen, seen.head);
    assert.equal(await publishBranch(seen, store(), BRANCH, seen.head, { base: seen.head }), 'moved');
    await assert.rejects(checkBranchWritable(seen, 'main', [seen.head]), /checked out/);
  });

  it('names submodules and Git LFS files', async () => {
    const user = repository({
      '.gitattributes': '*.bin filter=lfs\n',
      'd/x.bin': POINTER,
      'y.txt': 'version',
    });
    user.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`);
    user.git('commit', '--quiet', '-m', 'sub');
    const seen = await inspectRepository(user.root);
    assert.deepEqual([seen.submodules, seen.lfsFiles], [['sub'], ['d/x.bin']]);
  });

  it("names Git LFS files by the repository's own attributes", async () => {
    const user = repository({ 'x.bin': POINTER });
    writeFileSync(join(user.root, '.git', 'info', 'attributes'), '*.bin filter=lfs\n');
    assert.deepEqual((await inspectRepository(user.root)).lfsFiles, ['x.bin']);
  });

  it('reads a split index', async () => {
    const user = repository({ a: 'a', b: 'b' });
    user.git('update-index', '--split-index');
    assert.ok(readdirSync(join(user.root, '.git')).some((name) => name.startsWith('sharedindex.')));
    user.write({ b: 'changed' });
    assert.deepEqual((await inspectRepository(user.root)).uncommitted, ['b']);
  });

  it('ignores the GIT_ variables of a hook', async () => {
    const user = repository();
    process.env['GIT_DIR'] = '/nonexistent';
    try {
      assert.equal((await inspectRepository(user.root)).head, user.head());
    } finally {
      delete process.env['GIT_DIR'];
    }
  });

  const refusals: readonly (readonly [string, () => string, RegExp])[] = [
    ['a missing folder', () => folder(), /not a folder/],
    ['a file', () => join(repository().root, 'a.txt'), /not a folder/],
    ['a folder outside any repository', () => plainFolder(folder()), /not in a git repository/],
    ['a repository without a commit', () => new TestRepository(folder()).root, /no commit yet/],
    ["git's own folder", () => join(repository().root, '.git'), /git's own folder/],
    ['a repository without its objects', () => withoutObjects(repository()), /can't read/],
  ];
  for (const [what, make, message] of refusals) {
    it(`refuses ${what}, with the fix`, async () => {
      await assert.rejects(inspectRepository(make()), { name: 'EnvironmentError', message });
    });
  }

  for (const [what, make] of [
    ['an empty folder', () => plainFolder(folder())],
    ['an empty repository', () => new TestRepository(folder()).root],
  ] as const) {
    it(`is possible in ${what} after what the refusal says`, async () => {
      const root = make();
      const refusal = await inspectRepository(root).catch((error: unknown) => error);
      assert.ok(refusal instanceof EnvironmentError);
      const commands = /make one: (.*)\.$/i.exec(refusal.fix)?.[1] ?? '';
      execFileSync('sh', ['-c', commands], { cwd: root, env: ENVIRONMENT, stdio: 'pipe' });
      assert.deepEqual((await inspectRepository(root)).uncommitted, []);
    });
  }
});

function plainFolder(path: string): string {
  mkdirSync(path);
  return path;
}

function withoutObjects(user: TestRepository): string {
  const tree = user.git('rev-parse', 'HEAD^{tree}');
  rmSync(join(user.root, '.git/objects', tree.slice(0, 2), tree.slice(2)));
  return user.root;
}
