import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { EnvironmentError } from '../../src/contract/errors.js';
import { BranchLockedError, deleteBranch, publishBranch } from '../../src/git/user/publish.js';
import type { GitStore } from '../../src/git/store/git-store.js';
import type { CommitSha } from '../../src/contract/ids.js';
import { fastImport } from '../../src/git/store/fast-import.js';
import { GitError } from '../../src/git/process/git-errors.js';
import { baseRef } from '../../src/git/store/refs.js';
import { edits } from '../support/git-edits.js';
import { AT, execGit, useStore, write } from '../support/store.js';

const BRANCH = 'leadwright/r1';

describe("publishing into the user's repository", () => {
  const { store, folder, repository, importFrom, commit } = useStore();

  function commitFile(parent: CommitSha, path: string, content = path): Promise<CommitSha> {
    return commit(parent, [write(path, content)]);
  }

  it('creates the branch at the base, moves it, and does nothing when repeated', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const base = seen.head;
    assert.equal(await publishBranch(seen, store(), BRANCH, base, { base: seen.head }), 'moved');
    const next = await commitFile(base, 'd/new');
    const last = await commitFile(next, 'd/newer');
    assert.equal(await publishBranch(seen, store(), BRANCH, last, base), 'moved');
    assert.equal(await publishBranch(seen, store(), BRANCH, last, base), 'already');
    assert.equal(user.git('rev-parse', BRANCH), last);
    assert.equal(user.git('show', `${BRANCH}:d/newer`), 'd/newer');
    assert.equal(user.git('rev-parse', `${BRANCH}~2`), base);
    user.git('fsck', '--full', '--strict');
  });

  it('works after the import of an earlier commit was killed', async () => {
    const user = repository();
    user.commit({ earlier: 'not imported' });
    user.commit({ earlier: 'imported' });
    const { head: earlier } = await importFrom(user);
    // What an import leaves that is killed once the objects are there: neither its mark nor its ref.
    const shallow = join(store().gitDir, 'shallow');
    writeFileSync(shallow, readFileSync(shallow, 'utf8').replace(`${earlier}\n`, ''));
    execGit(store(), 'update-ref', '-d', baseRef(earlier));
    user.commit({ later: 'imported' });
    const seen = await importFrom(user);
    const next = await commitFile(seen.head, 'new');
    assert.equal(await publishBranch(seen, store(), BRANCH, next, { base: seen.head }), 'moved');
    user.git('fsck', '--full', '--strict');
  });

  it('works in a shallow clone of a repository that an earlier run was merged into', async () => {
    const user = repository();
    user.commit({ earlier: 'base' });
    const seen = await importFrom(user);
    const landed = await commitFile(seen.head, 'landed');
    await publishBranch(seen, store(), BRANCH, landed, { base: seen.head });
    user.git('merge', '-q', '--no-ff', '-m', 'merge', BRANCH);
    const clone = folder();
    execFileSync('git', ['clone', '-q', '--depth=1', `file://${user.root}`, clone]);
    const other = { root: clone, gitDir: join(clone, '.git') };
    const base = user.head();
    await store().importBase(other, base);
    assert.equal(await publishBranch(other, store(), 'leadwright/r2', base, { base }), 'moved');
    const next = await commitFile(base, 'next');
    assert.equal(await publishBranch(other, store(), 'leadwright/r3', next, { base }), 'moved');
    const { stdout } = spawnSync('git', ['show', 'leadwright/r3:next'], { cwd: clone, encoding: 'utf8' });
    assert.equal(stdout, 'next');
  });

  it('makes an object that it finds as new as one it writes, which a collection spares', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const first = await commitFile(seen.head, 'first');
    await publishBranch(seen, store(), BRANCH, first, { base: seen.head });
    const blob = user.gitWith('kept since', 'hash-object', '-w', '--stdin');
    const path = join(seen.gitDir, 'objects', blob.slice(0, 2), blob.slice(2));
    utimesSync(path, new Date(0), new Date(0));
    const second = await commitFile(first, 'second', 'kept since');
    assert.equal(await publishBranch(seen, store(), BRANCH, second, first), 'moved');
    assert.ok(Date.now() - statSync(path).mtimeMs < 60_000);
  });

  it('copies a few commits without a pack, whatever they change', async () => {
    const user = repository({ a: 'a', 'd/b': 'b', 'd/e/c': 'c', link: { link: 'a' } });
    const seen = await importFrom(user);
    const link = user.git('rev-parse', 'HEAD:link');
    let tip = await commitFile(seen.head, 'new');
    assert.equal(await publishBranch(seen, store(), BRANCH, tip, { base: seen.head }), 'moved');
    // No pack can be made of a folder that is no repository.
    const empty = folder();
    mkdirSync(empty);
    const packless = {
      gitDir: empty,
      folderOf: () => Promise.resolve(empty),
      newObjects: store().newObjects.bind(store()),
    };
    const property = fc.asyncProperty(
      fc.array(edits(link), { minLength: 1, maxLength: 4 }),
      async (commits) => {
        const before = tip;
        for (const files of commits) {
          tip = await fastImport(store().gitDir, { parent: tip, files, message: 'x', at: AT });
        }
        assert.equal(await publishBranch(seen, packless, BRANCH, tip, before), 'moved');
        assert.equal(user.git('rev-parse', BRANCH), tip);
      },
    );
    await fc.assert(property, { numRuns: 12 });
    user.git('fsck', '--full', '--no-dangling');
    assert.equal(user.git('rev-list', '--objects', '--count', BRANCH), execCount(store(), tip));
  });

  it('does not blame the repository for a store that cannot be read', async () => {
    const seen = await importFrom(repository());
    const first = await commitFile(seen.head, 'first');
    const unreadable = {
      gitDir: folder(),
      folderOf: () => Promise.resolve(unreadable.gitDir),
      newObjects: () => Promise.reject(new GitError('git cat-file', 128, 'fatal: loose object is corrupt\n')),
    };
    mkdirSync(unreadable.gitDir);
    const about = (what: string) => (error: unknown) =>
      error instanceof EnvironmentError &&
      error.message.startsWith(`Leadwright's git store ${unreadable.gitDir} cannot be read: ${what}`) &&
      error.fix.includes('leadwright doctor --repair');
    await assert.rejects(
      publishBranch(seen, unreadable, BRANCH, first, { base: seen.head }),
      about('not a git repository'),
    );
    await publishBranch(seen, store(), BRANCH, first, { base: seen.head });
    const second = await commitFile(first, 'second');
    await assert.rejects(
      publishBranch(seen, unreadable, BRANCH, second, first),
      about('loose object is corrupt'),
    );
  });

  it('writes an object again of which a failed disk left an empty file', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const first = await commitFile(seen.head, 'first');
    await publishBranch(seen, store(), BRANCH, first, { base: seen.head });
    const second = await commitFile(first, 'second');
    const sha = execGit(store(), 'rev-parse', `${second}:second`).trim();
    mkdirSync(join(seen.gitDir, 'objects', sha.slice(0, 2)), { recursive: true });
    writeFileSync(join(seen.gitDir, 'objects', sha.slice(0, 2), sha.slice(2)), '');
    assert.equal(await publishBranch(seen, store(), BRANCH, second, first), 'moved');
    assert.equal(user.git('show', `${BRANCH}:second`), 'second');
    user.git('fsck', '--full', '--strict');
  });

  it('leaves many commits, large files and merges to git', async () => {
    const { head } = await importFrom(repository());
    const [one, other] = [await commitFile(head, 'one'), await commitFile(head, 'other')];
    const tree = await store().treeOf(one);
    const merge = await store().commitTree({ tree, parents: [one, other], message: 'x', at: AT });
    assert.equal(await store().newObjects(merge, head), null);
    assert.equal(await store().newObjects(one, other), null, 'no ancestor');
    const large = await commit(head, [{ path: 'large', content: Buffer.alloc(17 * 1024 * 1024) }]);
    assert.equal(await store().newObjects(large, head), null);
    assert.equal((await store().newObjects(one, head))?.length, 3);
  });

  it('goes on after the user packed the repository, and in one that a group shares', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const first = await commitFile(seen.head, 'first');
    await publishBranch(seen, store(), BRANCH, first, { base: seen.head });
    user.git('gc', '--quiet');
    const second = await commitFile(first, 'second');
    assert.equal(await publishBranch(seen, store(), BRANCH, second, first), 'moved');
    user.git('config', 'core.sharedRepository', 'group');
    const third = await commitFile(second, 'third');
    const byGit = {
      gitDir: store().gitDir,
      folderOf: store().folderOf.bind(store()),
      newObjects: () => assert.fail('git sets the permissions'),
    };
    assert.equal(await publishBranch(seen, byGit, BRANCH, third, second), 'moved');
    user.git('fsck', '--full', '--strict');
  });

  it('creates a branch directly at a later commit', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const tip = await commitFile(seen.head, 'new');
    assert.equal(await publishBranch(seen, store(), BRANCH, tip, { base: seen.head }), 'moved');
    user.git('fsck', '--full', '--strict');
  });

  it('sends everything again after an interrupted send', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const tip = await commitFile(seen.head, 'deep/er/new');
    // Only the commit arrived, without its trees.
    user.gitWith(commitObject(store(), tip), 'hash-object', '-w', '-t', 'commit', '--stdin', '--literally');
    assert.equal(await publishBranch(seen, store(), BRANCH, tip, { base: seen.head }), 'moved');
    user.git('fsck', '--full', '--strict');
  });

  it('fails if somebody else moved the branch', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const tip = await commitFile(seen.head, 'new');
    user.commit({ mine: '' });
    user.git('branch', BRANCH);
    assert.equal(await publishBranch(seen, store(), BRANCH, tip, seen.head), 'lost');
    assert.equal(await publishBranch(seen, store(), BRANCH, tip, { base: seen.head }), 'lost');
    assert.equal(user.git('rev-parse', BRANCH), user.head());
  });

  it('does not move a branch that was checked out meanwhile', async () => {
    const user = repository();
    const seen = await importFrom(user);
    await publishBranch(seen, store(), BRANCH, seen.head, { base: seen.head });
    user.git('checkout', '--quiet', BRANCH);
    const tip = await commitFile(seen.head, 'new');
    assert.equal(await publishBranch(seen, store(), BRANCH, tip, seen.head), 'checked-out');
    assert.equal(user.head(), seen.head);
  });

  it('lets exactly one of many concurrent calls create the branch', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const tips = await Promise.all(['a', 'b', 'c'].map((path) => commitFile(seen.head, path)));
    const results = await Promise.all(
      tips.map((tip) => publishBranch(seen, store(), BRANCH, tip, { base: seen.head })),
    );
    assert.deepEqual([...results].sort(), ['lost', 'lost', 'moved']);
    user.git('fsck', '--full', '--strict');
  });

  describe('next to a lock of the branch', () => {
    const locked = async () => {
      const user = repository();
      const seen = await importFrom(user);
      await publishBranch(seen, store(), BRANCH, seen.head, { base: seen.head });
      const tip = await commitFile(seen.head, 'new');
      const lock = join(seen.gitDir, 'refs', 'heads', `${BRANCH}.lock`);
      return { user, lock, publish: () => publishBranch(seen, store(), BRANCH, tip, seen.head), tip };
    };
    const longAgo = new Date(Date.now() - 3_600_000);

    it('removes the one that a killed git left behind', async () => {
      const { user, lock, publish, tip } = await locked();
      writeFileSync(lock, '');
      utimesSync(lock, longAgo, longAgo);
      assert.equal(await publish(), 'moved');
      assert.equal(user.git('rev-parse', BRANCH), tip);
      assert.ok(!existsSync(lock));
    });

    it('leaves a recent one to the process that may hold it', async () => {
      const { user, lock, publish } = await locked();
      writeFileSync(lock, '');
      await assert.rejects(publish(), BranchLockedError);
      assert.ok(existsSync(lock));
      assert.equal(user.git('rev-parse', BRANCH), user.head());
    });

    it('leaves alone what is no file of git', async () => {
      const { lock, publish } = await locked();
      const target = folder();
      writeFileSync(target, 'mine');
      utimesSync(target, longAgo, longAgo);
      symlinkSync(target, lock);
      await assert.rejects(publish(), EnvironmentError);
      assert.ok(lstatSync(lock).isSymbolicLink());
      assert.ok(existsSync(target));
    });

    it('removes no other lock of the repository', async () => {
      const { user, lock, publish } = await locked();
      writeFileSync(lock, '');
      utimesSync(lock, longAgo, longAgo);
      const others = ['packed-refs.lock', 'HEAD.lock', join('refs', 'heads', 'main.lock')].map((name) =>
        join(user.root, '.git', name),
      );
      for (const other of others) {
        writeFileSync(other, '');
        utimesSync(other, longAgo, longAgo);
      }
      assert.equal(await publish(), 'moved');
      assert.deepEqual(others.map(existsSync), [true, true, true]);
    });
  });

  it('explains that the repository lost the run’s base commit, and how to take it from the store', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const tip = await commitFile(seen.head, 'new');
    const other = repository({ other: '' });
    const target = { root: other.root, gitDir: join(other.root, '.git') };
    const publish = () => publishBranch(target, store(), BRANCH, tip, { base: seen.head });
    const refused: unknown = await publish().catch((error: unknown) => error);
    assert.ok(refused instanceof EnvironmentError);
    assert.match(refused.message, /no longer has the commit/);
    execFileSync('sh', ['-c', refused.fix.replace(/^.*: {2}/, '')], { stdio: 'pipe' });
    assert.equal(await publish(), 'moved');
    assert.equal(other.git('rev-parse', BRANCH), tip);
  });
});

describe("deleting a branch of the user's repository", () => {
  const { store, repository, importFrom } = useStore();

  /** A repository with the branch at its first commit. */
  const published = async () => {
    const user = repository();
    const seen = await importFrom(user);
    assert.equal(await publishBranch(seen, store(), BRANCH, seen.head, { base: seen.head }), 'moved');
    return { user, seen };
  };

  it('deletes it where it was created, once', async () => {
    const { user, seen } = await published();
    assert.equal(await deleteBranch(seen, BRANCH, seen.head), true);
    assert.equal(user.git('branch', '--list', BRANCH), '');
    assert.equal(await deleteBranch(seen, BRANCH, seen.head), false);
  });

  it('leaves it when it has moved, or is checked out', async () => {
    const { user, seen } = await published();
    user.git('switch', '-q', BRANCH);
    assert.equal(await deleteBranch(seen, BRANCH, seen.head), false);
    user.git('commit', '-q', '--allow-empty', '-m', 'mine');
    user.git('switch', '-q', '-');
    assert.equal(await deleteBranch(seen, BRANCH, seen.head), false);
    assert.equal(user.git('log', '-1', '--format=%s', BRANCH), 'mine');
  });

  it('explains that the repository cannot be written, whatever fails', async () => {
    const { seen } = await published();
    const remove = () => deleteBranch(seen, BRANCH, seen.head);
    const head = join(seen.gitDir, 'HEAD');
    renameSync(head, `${head}.away`);
    await assert.rejects(remove(), EnvironmentError, 'git does not see a repository');
    renameSync(`${head}.away`, head);
    renameSync(join(seen.gitDir, 'objects'), join(seen.gitDir, 'objects.away'));
    await assert.rejects(remove(), EnvironmentError, 'its objects are gone');
  });
});

function commitObject(store: GitStore, commit: CommitSha): Buffer {
  const args = [`--git-dir=${store.gitDir}`, 'cat-file', 'commit', commit];
  return execFileSync('git', args, { stdio: 'pipe' });
}

/** How many objects a commit refers to in the store. */
function execCount(store: GitStore, commit: CommitSha): string {
  return execGit(store, 'rev-list', '--objects', '--count', commit).trim();
}
