import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkBranchWritable } from '../../src/git/user/user-branch.js';
import { inspectRepository } from '../../src/git/user/user-repository.js';
import { TestRepository } from '../support/repository.js';
import { useSmallDisk } from '../support/small-disk.js';
import { differences, snapshot } from '../support/snapshot.js';
import { useStore } from '../support/store.js';

const BRANCH = 'leadwright/r1';

describe("a branch in the user's repository", () => {
  const { folder, repository } = useStore();

  const refusals: readonly (readonly [string, (user: TestRepository) => void, RegExp])[] = [
    ['is checked out', (user) => user.git('checkout', '--quiet', '-b', BRANCH), /checked out in/],
    [
      'is checked out in another worktree',
      (user) => user.git('worktree', 'add', '--quiet', '-b', BRANCH, folder()),
      /checked out in/,
    ],
    [
      'is blocked by a branch of a parent name',
      (user) => user.git('branch', 'leadwright'),
      /a branch leadwright, so/,
    ],
    [
      'is the parent name of an existing branch',
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
    it(`is refused before the run when it ${what}`, async () => {
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
    it(`is refused if git does not allow its name: ${id}`, async () => {
      const seen = await inspectRepository(repository().root);
      await assert.rejects(checkBranchWritable(seen, `leadwright/${id}`), /does not allow/);
    });
  }

  it('may be created during the check, by a repeated request of the same run', async () => {
    const user = repository();
    const seen = await inspectRepository(user.root);
    for (let round = 0; round < 5; round++) {
      await Promise.all([
        checkBranchWritable(seen, `${BRANCH}${round}`, [seen.head]),
        checkBranchWritable(seen, `${BRANCH}${round}`, [seen.head]),
      ]);
    }
  });

  it('may exist if Leadwright created it; the check leaves nothing behind', async () => {
    const user = repository();
    const seen = await inspectRepository(user.root);
    const before = snapshot(user.root);
    await checkBranchWritable(seen, BRANCH);
    assert.deepEqual(differences(before, snapshot(user.root)), []);
    assert.equal(existsSync(join(user.root, '.git/refs/heads/leadwright')), false);
    user.git('branch', BRANCH);
    await checkBranchWritable(seen, BRANCH, [seen.head]);
    await assert.rejects(checkBranchWritable(seen, BRANCH), /exists in/);
  });
});

describe("a branch of the user's repository on a full disk (root only)", () => {
  const disk = useSmallDisk('size=4m');

  it('is refused with advice about space, not about a lock', async () => {
    const user = new TestRepository(join(disk().path, 'shop'));
    user.commit({ a: 'a' });
    const seen = await inspectRepository(user.root);
    disk().fill();
    await assert.rejects(checkBranchWritable(seen, BRANCH), {
      name: 'EnvironmentError',
      message: /can't be written in .*: no space is left on its disk/,
      fix: /^Free space there/,
    });
  });
});
