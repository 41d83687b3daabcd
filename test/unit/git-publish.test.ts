import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { publishBranch } from '../../src/git/user/publish.js';
import type { GitStore } from '../../src/git/store/git-store.js';
import type { CommitSha } from '../../src/contract/ids.js';
import { useStore, write } from '../support/store.js';

const BRANCH = 'leadwright/r1';

describe("publishing into the user's repository", () => {
  const { store, repository, importFrom, commit } = useStore();

  function commitFile(parent: CommitSha, path: string, content = path): Promise<CommitSha> {
    return commit(parent, [write(path, content)]);
  }

  it('creates the branch at the base, moves it, and does nothing when repeated', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const base = seen.head;
    assert.equal(await publishBranch(seen, store(), BRANCH, base, null), 'moved');
    const next = await commitFile(base, 'd/new');
    const last = await commitFile(next, 'd/newer');
    assert.equal(await publishBranch(seen, store(), BRANCH, last, base), 'moved');
    assert.equal(await publishBranch(seen, store(), BRANCH, last, base), 'already');
    assert.equal(user.git('rev-parse', BRANCH), last);
    assert.equal(user.git('show', `${BRANCH}:d/newer`), 'd/newer');
    assert.equal(user.git('rev-parse', `${BRANCH}~2`), base);
    user.git('fsck', '--full', '--strict');
  });

  it('creates a branch directly at a later commit', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const tip = await commitFile(seen.head, 'new');
    assert.equal(await publishBranch(seen, store(), BRANCH, tip, null), 'moved');
    user.git('fsck', '--full', '--strict');
  });

  it('sends everything again after an interrupted send', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const tip = await commitFile(seen.head, 'deep/er/new');
    // Only the commit arrived, without its trees.
    user.gitWith(commitObject(store(), tip), 'hash-object', '-w', '-t', 'commit', '--stdin', '--literally');
    assert.equal(await publishBranch(seen, store(), BRANCH, tip, null), 'moved');
    user.git('fsck', '--full', '--strict');
  });

  it('fails if somebody else moved the branch', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const tip = await commitFile(seen.head, 'new');
    user.commit({ mine: '' });
    user.git('branch', BRANCH);
    assert.equal(await publishBranch(seen, store(), BRANCH, tip, seen.head), 'lost');
    assert.equal(await publishBranch(seen, store(), BRANCH, tip, null), 'lost');
    assert.equal(user.git('rev-parse', BRANCH), user.head());
  });

  it('does not move a branch that was checked out meanwhile', async () => {
    const user = repository();
    const seen = await importFrom(user);
    await publishBranch(seen, store(), BRANCH, seen.head, null);
    user.git('checkout', '--quiet', BRANCH);
    const tip = await commitFile(seen.head, 'new');
    assert.equal(await publishBranch(seen, store(), BRANCH, tip, seen.head), 'checked-out');
    assert.equal(user.head(), seen.head);
  });

  it('lets exactly one of many concurrent calls create the branch', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const tips = await Promise.all(['a', 'b', 'c'].map((path) => commitFile(seen.head, path)));
    const results = await Promise.all(tips.map((tip) => publishBranch(seen, store(), BRANCH, tip, null)));
    assert.deepEqual([...results].sort(), ['lost', 'lost', 'moved']);
    user.git('fsck', '--full', '--strict');
  });

  it('explains that the repository lost the run’s base commit', async () => {
    const user = repository();
    const seen = await importFrom(user);
    const tip = await commitFile(seen.head, 'new');
    const other = repository({ other: '' });
    const target = { root: other.root, gitDir: join(other.root, '.git') };
    await assert.rejects(publishBranch(target, store(), BRANCH, tip, null), /no longer has the commit/);
  });
});

function commitObject(store: GitStore, commit: CommitSha): Buffer {
  const args = [`--git-dir=${store.gitDir}`, 'cat-file', 'commit', commit];
  return execFileSync('git', args, { stdio: 'pipe' });
}
