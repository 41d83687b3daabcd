import assert from 'node:assert/strict';
import { publishBranch } from '../../src/git/user/publish.js';
import { checkBranchWritable } from '../../src/git/user/user-branch.js';
import type { CommitSha } from '../../src/contract/ids.js';
import { differences, snapshot } from '../support/snapshot.js';
import { useStore, write } from '../support/store.js';

const BRANCH = 'leadwright/r1';

describe("the user's repository after a run", () => {
  const { store, repository, importFrom, commit } = useStore();

  function commitFile(parent: CommitSha, path: string, content = path): Promise<CommitSha> {
    return commit(parent, [write(path, content)]);
  }

  it('is unchanged byte for byte, except for new objects, the branch and its log', async () => {
    const user = repository({ 'a.txt': 'a', 'd/b.txt': 'b' });
    user.git('branch', 'other');
    user.git('tag', 'v1');
    user.git('worktree', 'add', '--quiet', '-b', 'side', `${user.root}.side`);
    user.git('pack-refs', '--all');
    user.write({ 'a.txt': 'uncommitted', untracked: 'x' });
    user.git('add', 'untracked');
    const before = [snapshot(user.root), snapshot(`${user.root}.side`)] as const;
    const seen = await importFrom(user);
    await checkBranchWritable(seen, BRANCH);
    await publishBranch(seen, store(), BRANCH, seen.head, { base: seen.head });
    const next = await commitFile(seen.head, 'd/b.txt', 'new');
    await publishBranch(seen, store(), BRANCH, next, seen.head);
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
