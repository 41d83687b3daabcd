import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../src/contract/errors.js';
import { runId, taskId } from '../../src/contract/ids.js';
import { recordCheckout } from '../../src/cli/answer/checkouts.js';
import { findHandedIn } from '../../src/cli/answer/handed-in.js';
import { homePaths } from '../../src/shared/config.js';
import { makeRepository, scratchFolder } from '../support/repository.js';

describe('the commit that `answer --commit` names', () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());
  const paths = homePaths(join(scratch.path, 'home'));
  const id = runId('shop');

  const repository = makeRepository(join(scratch.path, 'repository'));
  const checkout = makeRepository(join(scratch.path, 'checkout'), { 'b.txt': 'b\n' });
  const clone = join(scratch.path, 'clone');
  repository.git('clone', '--quiet', repository.root, clone);
  const elsewhere = join(scratch.path, 'elsewhere');
  mkdirSync(elsewhere);
  const worktree = join(scratch.path, 'worktree');
  repository.git('worktree', 'add', '--quiet', '-b', 'HEAD-fix', worktree);

  before(() => recordCheckout(paths, { folder: checkout.root, runId: id, taskId: taskId('a') }));

  const find = async (name: string, cwd: string) => {
    const run = { id, repository: repository.root, gitFolder: join(repository.root, '.git') };
    const { commit, isCheckout, folder } = await findHandedIn(paths, run, name, cwd);
    return [commit, isCheckout, folder];
  };

  it('is the HEAD of the folder in which it is named', async () => {
    assert.deepEqual(await find('HEAD', checkout.root), [checkout.head(), true, checkout.root]);
    assert.deepEqual(await find('@', repository.root), [repository.head(), false, repository.root]);
    repository.commit({ 'c.txt': 'c\n' });
    const [own] = await find('HEAD', worktree);
    assert.equal(own, repository.git('rev-parse', 'HEAD-fix'));
    assert.notEqual(own, repository.head());
  });

  it('is not the HEAD of another folder', async () => {
    for (const name of ['HEAD', '@', 'HEAD~0', 'HEAD^0', '@{0}', 'ORIG_HEAD', 'FETCH_HEAD'])
      for (const cwd of [clone, elsewhere])
        await assert.rejects(
          find(name, cwd),
          (error) => error instanceof UsageError && /another commit in each folder/.test(error.message),
          `${name} in ${cwd}`,
        );
    await assert.rejects(find('HEAD@{9}', checkout.root), UsageError);
  });

  it('is found by a name that is the same in each folder', async () => {
    assert.deepEqual(await find(checkout.head(), elsewhere), [checkout.head(), true, checkout.root]);
    const branch = repository.git('rev-parse', 'HEAD-fix');
    assert.deepEqual(await find('HEAD-fix', clone), [branch, false, repository.root]);
  });
});
