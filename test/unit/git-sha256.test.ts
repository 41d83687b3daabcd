import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { commitSha } from '../../src/contract/ids.js';
import { GitStore } from '../../src/git/store/git-store.js';
import { publishBranch, type PublishedBefore } from '../../src/git/user/publish.js';
import { inspectRepository } from '../../src/git/user/user-repository.js';
import { makeRepository } from '../support/repository.js';
import { AT, useStore, write } from '../support/store.js';

const BRANCH = 'leadwright/r1';

describe('a repository that names its objects by SHA-256', function () {
  this.timeout(60_000);
  const { store, folder, imported, commit, text } = useStore();

  async function begun() {
    const user = makeRepository(folder(), { 'a.txt': 'a\n', 'd/b.txt': 'b\n' }, 'sha256');
    const seen = await inspectRepository(user.root);
    await store().importBase(seen, seen.head);
    return { user, seen, base: seen.head };
  }

  it('is read, changed and merged as any other, by the names that git gives', async () => {
    const { user, base } = await begun();
    assert.equal(base.length, 64);
    const one = await commit(base, [write('d/b.txt', 'changed\n')]);
    const two = await commit(base, [write('new/c.txt', 'a word\n')]);
    const merged = await store().mergeTree(one, two);
    assert.equal(merged.kind, 'clean');
    const both = await store().commitTree({ tree: merged.tree, parents: [one], message: 'x', at: AT });
    assert.deepEqual(await store().changedPaths(base, both), ['d/b.txt', 'new/c.txt']);
    assert.equal(await text(both, 'd/b.txt'), 'changed\n');
    const entries = await store().listTree(both);
    assert.deepEqual(
      entries.map(({ path, sha }) => [path, sha]),
      ['a\n', 'changed\n', 'a word\n'].map((content, at) => [
        ['a.txt', 'd/b.txt', 'new/c.txt'][at],
        user.gitWith(content, 'hash-object', '--stdin'),
      ]),
    );
    const found = await store().search(both, { pattern: 'word', limit: 9 });
    assert.deepEqual(found, {
      kind: 'found',
      matches: [{ path: 'new/c.txt', line: 1, text: 'a word' }],
      more: false,
    });
    const conflict = await store().mergeTree(one, await commit(base, [write('d/b.txt', 'otherwise\n')]));
    assert.deepEqual(conflict.kind === 'conflict' && conflict.files, ['d/b.txt']);
    const patched = await store().patch(base, both);
    user.gitWith(patched, 'apply', '--index');
    assert.equal(user.git('write-tree'), merged.tree);
  });

  it('gets the branch, also when it moves on, and is the base of further runs', async () => {
    const { user, seen, base } = await begun();
    let tip: PublishedBefore = { base };
    let next = base;
    for (const content of ['1', '2', '3']) {
      next = await commit(next, [write('n.txt', content)]);
      assert.equal(await publishBranch(seen, store(), BRANCH, next, tip), 'moved');
      tip = next;
    }
    assert.equal(user.git('show', `${BRANCH}:n.txt`), '3');
    user.git('fsck', '--full', '--strict');
    const other = await GitStore.open(join(folder(), 'store.git'));
    await other.importBranch(seen, { base, tip: next });
    assert.equal(await other.parentOf(next), await store().parentOf(next));
    other.close();
  });

  it('is archived and checked out as a repository of the same kind', async () => {
    const { base } = await begun();
    const work = await commit(base, [write('w.txt', 'work\n')]);
    const { stream, completed } = store().archive(work);
    assert.ok((await buffer(stream)).includes('work\n'));
    await completed;
    const place = join(folder(), 'checkout');
    await store().checkOut(work, place, { config: {} });
    assert.equal(readFileSync(join(place, 'w.txt'), 'utf8'), 'work\n');
    assert.equal((await inspectRepository(place)).head, work);
  });

  it('is kept apart from others, which need no store of that kind', async () => {
    const own = await GitStore.open(join(folder(), 'store.git'));
    const { repository, base } = await imported();
    await own.importBase({ gitDir: join(repository.root, '.git') }, base);
    const sha256 = own.gitDir.replace('store.git', 'store-sha256.git');
    assert.ok(!existsSync(sha256));
    assert.equal(await own.maintain(), 'not-needed');
    const unknown = commitSha('1'.repeat(64));
    assert.equal(await own.has(unknown), false);
    await assert.rejects(own.treeOf(unknown), { name: 'UnknownCommitError' });
    assert.ok(existsSync(sha256));
    assert.equal(await own.maintain(), 'not-needed');
    rmSync(sha256, { recursive: true });
    own.close();
  });
});
