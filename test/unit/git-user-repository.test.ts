import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishBranch } from '../../src/git/publish.js';
import { GitStore } from '../../src/git/store.js';
import { checkBranchWritable } from '../../src/git/user-branch.js';
import { inspectRepository } from '../../src/git/user-repository.js';
import type { CommitSha } from '../../src/ids.js';
import { makeRepository, scratchFolder, TestRepository, type TestFiles } from '../support/repository.js';
import { differences, snapshot } from '../support/snapshot.js';

const AT = new Date('2026-11-23T21:00:00Z');
const BRANCH = 'leadwright/r1';

const POINTER = [
  'version https://git-lfs.github.com/spec/v1',
  `oid sha256:${'0'.repeat(64)}`,
  'size 12345',
  '',
].join('\n');

const HOOKS = [
  ...['pre-commit', 'commit-msg', 'post-commit', 'post-checkout', 'post-merge', 'pre-push', 'pre-receive'],
  ...['update', 'post-receive', 'post-update', 'reference-transaction', 'pre-auto-gc', 'post-rewrite'],
  ...['fsmonitor-watchman', 'post-index-change', 'proc-receive', 'push-to-checkout', 'sendemail-validate'],
];

describe("the user's repository", () => {
  const scratch = scratchFolder();
  let store: GitStore;
  let number = 0;

  before(async () => {
    store = await GitStore.open(join(scratch.path, 'store.git'));
  });
  after(() => {
    store.close();
    scratch.remove();
  });

  function folder(): string {
    number += 1;
    return join(scratch.path, `r${number}`);
  }

  function repository(files?: TestFiles): TestRepository {
    return makeRepository(folder(), files);
  }

  async function imported(user: TestRepository) {
    const seen = await inspectRepository(user.root);
    await store.importBase(seen, seen.head);
    return seen;
  }

  function change(parent: CommitSha, path: string, content = path): Promise<CommitSha> {
    const changes = [{ path, content: Buffer.from(content) }];
    return store.commitChanges({ parent, changes, message: 'x', at: AT });
  }

  describe('looking at it', () => {
    it('finds the root from a folder inside', async () => {
      const user = repository({ 'd/e/x': '' });
      const seen = await inspectRepository(join(user.root, 'd', 'e'));
      assert.deepEqual(seen, {
        root: user.root,
        gitDir: join(user.root, '.git'),
        head: user.head(),
        dirty: false,
        submodules: [],
        lfsFiles: [],
      });
    });

    for (const [what, files] of [
      ['a changed file', { 'a.txt': 'changed' }],
      ['a deleted file', { 'a.txt': null }],
      ['a new file', { new: '' }],
    ] as const) {
      it(`sees ${what}`, async () => {
        const user = repository();
        user.write(files);
        assert.equal((await inspectRepository(user.root)).dirty, true);
      });
    }

    it('does not count what is ignored', async () => {
      const user = repository({ '.gitignore': 'out/\n' });
      user.write({ 'out/x': '' });
      assert.equal((await inspectRepository(user.root)).dirty, false);
    });

    it('works from a linked worktree', async () => {
      const user = repository();
      const linked = folder();
      user.git('worktree', 'add', '--quiet', '-b', 'side', linked);
      const seen = await inspectRepository(linked);
      assert.equal(seen.root, linked);
      assert.equal(seen.gitDir, join(user.root, '.git'));
      await store.importBase(seen, seen.head);
      assert.equal(await publishBranch(seen, store, BRANCH, seen.head, null), 'moved');
      assert.equal(user.git('rev-parse', BRANCH), seen.head);
    });

    it('works on a bare one', async () => {
      const user = repository();
      const bare = folder();
      user.git('clone', '--quiet', '--bare', user.root, bare);
      const seen = await inspectRepository(bare);
      assert.deepEqual([seen.root, seen.gitDir, seen.dirty], [bare, bare, false]);
      await checkBranchWritable(seen, BRANCH);
      await store.importBase(seen, seen.head);
      assert.equal(await publishBranch(seen, store, BRANCH, seen.head, null), 'moved');
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

    it('ignores the GIT_ variables of a hook that it may run in', async () => {
      const user = repository();
      process.env['GIT_DIR'] = '/nonexistent';
      try {
        assert.equal((await inspectRepository(user.root)).head, user.head());
      } finally {
        delete process.env['GIT_DIR'];
      }
    });

    const refusals: readonly (readonly [string, () => string, RegExp])[] = [
      ['a folder that is not there', () => join(scratch.path, 'none'), /not a folder/],
      ['a file', () => join(repository().root, 'a.txt'), /not a folder/],
      ['a folder outside any', () => plainFolder(folder()), /not in a git repository/],
      ['one without a commit', () => new TestRepository(folder()).root, /no commit yet/],
      ["git's own folder", () => join(repository().root, '.git'), /git's own folder/],
      ['one with other object names', () => sha256Repository(folder()), /sha256/],
      ['one whose objects are gone', () => withoutObjects(repository()), /can't read/],
    ];
    for (const [what, make, message] of refusals) {
      it(`refuses ${what}, with the mend`, async () => {
        await assert.rejects(inspectRepository(make()), { name: 'EnvironmentError', message });
      });
    }
  });

  describe('a branch in it', () => {
    const refusals: readonly (readonly [string, (user: TestRepository) => void, RegExp])[] = [
      ['is checked out', (user) => user.git('checkout', '--quiet', '-b', BRANCH), /checked out in/],
      [
        'is checked out in another worktree',
        (user) => user.git('worktree', 'add', '--quiet', '-b', BRANCH, folder()),
        /checked out in/,
      ],
      ['has a branch in its way', (user) => user.git('branch', 'leadwright'), /a branch leadwright, so/],
      [
        'is in the way of a branch',
        (user) => user.git('branch', `${BRANCH}/x`),
        /a branch leadwright\/r1\/x, so/,
      ],
      [
        "is someone else's",
        (user) => {
          user.git('branch', BRANCH);
          user.commit({ new: '' });
        },
        /exists in/,
      ],
      [
        'is locked',
        (user) => {
          mkdirSync(join(user.root, '.git/refs/heads/leadwright'));
          writeFileSync(join(user.root, '.git/refs/heads', `${BRANCH}.lock`), '');
        },
        /can't be written.*lock/s,
      ],
    ];
    for (const [what, make, message] of refusals) {
      it(`is refused beforehand when it ${what}`, async () => {
        const user = repository();
        make(user);
        const seen = await inspectRepository(user.root);
        await assert.rejects(checkBranchWritable(seen, BRANCH, [seen.head]), {
          name: 'EnvironmentError',
          message,
        });
      });
    }

    for (const id of ['a..b', 'a.lock', 'a.']) {
      it(`is refused when git does not allow its name: ${id}`, async () => {
        const seen = await inspectRepository(repository().root);
        await assert.rejects(checkBranchWritable(seen, `leadwright/${id}`), /does not allow/);
      });
    }

    it('may be there when it is ours; the check leaves nothing behind', async () => {
      const user = repository();
      const seen = await inspectRepository(user.root);
      const before = snapshot(user.root);
      await checkBranchWritable(seen, BRANCH);
      assert.deepEqual(differences(before, snapshot(user.root)), []);
      user.git('branch', BRANCH);
      await checkBranchWritable(seen, BRANCH, [seen.head]);
      await assert.rejects(checkBranchWritable(seen, BRANCH), /exists in/);
    });
  });

  describe('publishing', () => {
    it('creates the branch at the base, moves it, and does nothing the second time', async () => {
      const user = repository();
      const seen = await imported(user);
      const base = seen.head;
      assert.equal(await publishBranch(seen, store, BRANCH, base, null), 'moved');
      const next = await change(base, 'd/new');
      const last = await change(next, 'd/newer');
      assert.equal(await publishBranch(seen, store, BRANCH, last, base), 'moved');
      assert.equal(await publishBranch(seen, store, BRANCH, last, base), 'already');
      assert.equal(user.git('rev-parse', BRANCH), last);
      assert.equal(user.git('show', `${BRANCH}:d/newer`), 'd/newer');
      assert.equal(user.git('rev-parse', `${BRANCH}~2`), base);
      user.git('fsck', '--full', '--strict');
    });

    it('creates a branch beyond the base at once', async () => {
      const user = repository();
      const seen = await imported(user);
      const tip = await change(seen.head, 'new');
      assert.equal(await publishBranch(seen, store, BRANCH, tip, null), 'moved');
      user.git('fsck', '--full', '--strict');
    });

    it('sends everything again when an earlier send broke off', async () => {
      const user = repository();
      const seen = await imported(user);
      const tip = await change(seen.head, 'deep/er/new');
      // The commit alone arrived, without its trees.
      user.gitWith(commitObject(store, tip), 'hash-object', '-w', '-t', 'commit', '--stdin', '--literally');
      assert.equal(await publishBranch(seen, store, BRANCH, tip, null), 'moved');
      user.git('fsck', '--full', '--strict');
    });

    it('loses to whoever moved the branch', async () => {
      const user = repository();
      const seen = await imported(user);
      const tip = await change(seen.head, 'new');
      user.commit({ mine: '' });
      user.git('branch', BRANCH);
      assert.equal(await publishBranch(seen, store, BRANCH, tip, seen.head), 'lost');
      assert.equal(await publishBranch(seen, store, BRANCH, tip, null), 'lost');
      assert.equal(user.git('rev-parse', BRANCH), user.head());
    });

    it('leaves a branch alone that was checked out meanwhile', async () => {
      const user = repository();
      const seen = await imported(user);
      await publishBranch(seen, store, BRANCH, seen.head, null);
      user.git('checkout', '--quiet', BRANCH);
      const tip = await change(seen.head, 'new');
      assert.equal(await publishBranch(seen, store, BRANCH, tip, seen.head), 'checked-out');
      assert.equal(user.head(), seen.head);
    });

    it('has one winner among many, and no half-written one', async () => {
      const user = repository();
      const seen = await imported(user);
      const tips = await Promise.all(['a', 'b', 'c'].map((path) => change(seen.head, path)));
      const results = await Promise.all(tips.map((tip) => publishBranch(seen, store, BRANCH, tip, null)));
      assert.deepEqual([...results].sort(), ['lost', 'lost', 'moved']);
      user.git('fsck', '--full', '--strict');
    });

    it('says what is wrong when the repository lost the commit that the run began from', async () => {
      const user = repository();
      const seen = await imported(user);
      const tip = await change(seen.head, 'new');
      const other = repository({ other: '' });
      const place = { root: other.root, gitDir: join(other.root, '.git') };
      await assert.rejects(publishBranch(place, store, BRANCH, tip, null), /no longer has the commit/);
    });
  });

  describe('one that is hostile', () => {
    it('runs nothing of it, and gets exact bytes', async () => {
      const { user, marker } = hostileRepository();
      const seen = await inspectRepository(user.root);
      await checkBranchWritable(seen, BRANCH);
      await store.importBase(seen, seen.head);
      const tip = await change(seen.head, 'x.evil', 'changed $Id$\r\n');
      const tree = folder();
      await store.materialise(tip, tree);
      await store.diff(seen.head, tip);
      await store.search(tip, { pattern: 'changed', limit: 5 });
      assert.equal((await store.mergeTree(tip, await change(seen.head, 'y.evil'))).kind, 'clean');
      assert.equal(await publishBranch(seen, store, BRANCH, seen.head, null), 'moved');
      assert.equal(await publishBranch(seen, store, BRANCH, tip, seen.head), 'moved');
      assert.equal(existsSync(marker), false);
      assert.equal((await store.readFile(tip, 'x.evil'))?.toString(), 'changed $Id$\r\n');
      assert.deepEqual(
        snapshot(tree).get('x.evil')?.split(' ')[1],
        Buffer.from('changed $Id$\r\n').toString('hex'),
      );
    });

    it('fetches nothing for a partial clone, and says what is missing', async () => {
      const { user, marker } = hostileRepository();
      user.git('config', 'extensions.partialClone', 'origin');
      user.git('config', 'remote.origin.promisor', 'true');
      user.git('config', 'remote.origin.url', `ext::sh -c "touch ${marker}"`);
      user.git('config', 'protocol.ext.allow', 'always');
      rmSync(join(user.root, '.git/objects'), { recursive: true });
      mkdirSync(join(user.root, '.git/objects'));
      await assert.rejects(inspectRepository(user.root), { name: 'EnvironmentError' });
      assert.equal(existsSync(marker), false);
    });

    function hostileRepository(): { user: TestRepository; marker: string } {
      const user = repository({ 'x.evil': 'x', 'y.evil': 'y', '$Id$.txt': '$Format:%H$' });
      const marker = `${user.root}.marker`;
      const run = `touch ${marker}`;
      user.write({
        '.gitattributes': '* filter=evil diff=evil merge=evil ident export-subst text eol=crlf\n',
      });
      user.git('add', '.gitattributes');
      user.git('commit', '--quiet', '-m', 'attributes');
      for (const hook of HOOKS) {
        const path = join(user.root, '.git/hooks', hook);
        mkdirSync(join(user.root, '.git/hooks'), { recursive: true });
        writeFileSync(path, `#!/bin/sh\n${run}\n`);
        chmodSync(path, 0o755);
      }
      const settings = {
        ...{ 'filter.evil.clean': run, 'filter.evil.smudge': run, 'filter.evil.process': run },
        ...{ 'filter.evil.required': 'true', 'diff.evil.textconv': run, 'diff.evil.command': run },
        ...{ 'diff.external': run, 'merge.evil.driver': run, 'core.fsmonitor': run, 'core.pager': run },
        ...{
          'core.editor': run,
          'core.sshCommand': run,
          'core.askPass': run,
          'core.alternateRefsCommand': run,
        },
        ...{ 'credential.helper': `!${run}`, 'uploadpack.packObjectsHook': run, 'gpg.program': run },
        ...{ 'alias.status': `!${run}`, 'alias.worktree': `!${run}`, 'trailer.x.command': run },
        ...{ 'core.hooksPath': join(user.root, '.git/hooks'), 'commit.gpgSign': 'true', 'gc.auto': '1' },
      };
      for (const [name, value] of Object.entries(settings)) user.git('config', name, value);
      // A touched file: git has to look at its content, through its filter.
      user.write({ 'y.evil': 'y' });
      rmSync(marker, { force: true });
      return { user, marker };
    }
  });

  it('is byte for byte as it was, but for new objects, the branch and its log', async () => {
    const user = repository({ 'a.txt': 'a', 'd/b.txt': 'b' });
    user.git('branch', 'other');
    user.git('tag', 'v1');
    user.git('worktree', 'add', '--quiet', '-b', 'side', `${user.root}.side`);
    user.git('pack-refs', '--all');
    user.write({ 'a.txt': 'uncommitted', untracked: 'x' });
    user.git('add', 'untracked');
    const before = [snapshot(user.root), snapshot(`${user.root}.side`)] as const;
    const seen = await imported(user);
    await checkBranchWritable(seen, BRANCH);
    await publishBranch(seen, store, BRANCH, seen.head, null);
    const next = await change(seen.head, 'd/b.txt', 'new');
    await publishBranch(seen, store, BRANCH, next, seen.head);
    const after = [snapshot(user.root), snapshot(`${user.root}.side`)] as const;
    const changed = differences(before[0], after[0]);
    const objects = changed.filter((name) => /^\.git\/objects\/[0-9a-f]{2}\/[0-9a-f]{38}$/.test(name));
    for (const name of objects) assert.equal(before[0].has(name), false, name);
    assert.deepEqual(
      changed.filter((name) => !objects.includes(name)),
      [`.git/logs/refs/heads/${BRANCH}`, `.git/refs/heads/${BRANCH}`],
    );
    assert.equal(objects.length, 4);
    assert.deepEqual(differences(before[1], after[1]), []);
  });
});

function plainFolder(path: string): string {
  mkdirSync(path);
  return path;
}

function sha256Repository(path: string): string {
  const user = new TestRepository(path);
  rmSync(join(path, '.git'), { recursive: true });
  user.git('init', '--quiet', '--object-format=sha256');
  user.git('commit', '--quiet', '--allow-empty', '-m', 'x');
  return path;
}

function withoutObjects(user: TestRepository): string {
  const tree = user.git('rev-parse', 'HEAD^{tree}');
  rmSync(join(user.root, '.git/objects', tree.slice(0, 2), tree.slice(2)));
  return user.root;
}

function commitObject(store: GitStore, commit: CommitSha): Buffer {
  const args = [`--git-dir=${store.gitDir}`, 'cat-file', 'commit', commit];
  return execFileSync('git', args, { stdio: 'pipe' });
}
