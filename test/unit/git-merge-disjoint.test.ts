import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { commitSha, type CommitSha } from '../../src/contract/ids.js';
import { ObjectReader } from '../../src/git/objects/object-reader.js';
import { ObjectWriter } from '../../src/git/objects/object-writer.js';
import { runGit } from '../../src/git/process/git-process.js';
import type { FileWrite } from '../../src/git/store/fast-import.js';
import { mergeByGit } from '../../src/git/store/merge.js';
import { mergeDisjoint } from '../../src/git/store/merge-disjoint.js';
import { createStoreFolder } from '../../src/git/store/store-folder.js';
import { writeFiles, type StoreObjects } from '../../src/git/store/write-commit.js';
import { edits } from '../support/git-edits.js';
import { scratchFolder } from '../support/repository.js';
import { AT } from '../support/store.js';

const CASES = 300;

describe('merges without a git process', function () {
  this.timeout(120_000);
  const scratch = scratchFolder();
  let store: StoreObjects;
  let root: CommitSha;
  let blob: string;

  before(async () => {
    const gitDir = join(scratch.path, 'store.git');
    await createStoreFolder(gitDir, 'sha1');
    const reader = new ObjectReader(gitDir);
    store = { gitDir, reader, writer: new ObjectWriter(gitDir, reader) };
    blob = await git(['hash-object', '-w', '--stdin'], 'a link');
    const tree = await git(['mktree'], `100644 blob ${blob}\tfirst\n`);
    root = commitSha(await git(['commit-tree', tree, '-m', 'root'], ''));
  });
  after(() => {
    store.reader.close();
    scratch.remove();
  });

  const git = async (args: readonly string[], input: string | Buffer): Promise<string> =>
    (await runGit({ gitDir: store.gitDir, args, input, timeLimitMs: 60_000 })).stdout.toString().trim();
  const commit = (parent: CommitSha, files: readonly FileWrite[]): Promise<CommitSha> =>
    writeFiles(store, { parent, files, message: 'x', at: AT });
  const file = (path: string, text: string) => ({
    path: Buffer.from(path),
    mode: '100644' as const,
    content: Buffer.from(text),
  });
  const gone = (path: string) => ({ path: Buffer.from(path), mode: 'delete' as const });

  it('give the tree that git gives, or leave the merge to git', async () => {
    let merged = 0;
    const side = edits('0'.repeat(40), 5).map((list) => list.filter((each) => !('sha' in each)));
    const property = fc.asyncProperty(
      edits('0'.repeat(40), 12).map((list) => list.filter((each) => !('sha' in each))),
      fc.array(side, { minLength: 1, maxLength: 2 }),
      fc.array(side, { maxLength: 2 }),
      async (before, own, other) => {
        const base = await commit(root, before);
        let [ours, theirs] = [base, base];
        for (const files of own) ours = await commit(ours, files);
        for (const files of other) theirs = await commit(theirs, files);
        const tree = await mergeDisjoint(store, ours, theirs);
        if (tree === null) return;
        merged += 1;
        assert.deepEqual(await mergeByGit(store.gitDir, ours, theirs), { kind: 'clean', tree });
      },
    );
    await fc.assert(property, { numRuns: CASES });
    assert.ok(merged > CASES / 10, `${merged} of ${CASES} merges needed no git`);
  });

  it('join changes, new files and removed files of different folders', async () => {
    const base = await commit(root, [file('a/1', '1'), file('a/2', '2'), file('b/3', '3'), file('b/4', '4')]);
    const ours = await commit(base, [file('a/1', 'ours'), file('c/new', 'ours')]);
    const theirs = await commit(base, [gone('b/3'), gone('b/4'), gone('a/2')]);
    const tree = await mergeDisjoint(store, ours, theirs);
    assert.deepEqual(await mergeByGit(store.gitDir, ours, theirs), { kind: 'clean', tree });
  });

  const left: readonly (readonly [string, readonly FileWrite[], readonly FileWrite[]])[] = [
    ['a file that both changed', [file('a/1', 'ours')], [file('a/1', 'theirs')]],
    ['a file that one changed and the other removed', [file('a/1', 'ours')], [gone('a/1')]],
    ['a moved file', [file('a/1', 'ours')], [gone('a/2'), file('c', '2')]],
    ['a file in the way of a folder', [file('new', 'ours')], [file('new/file', 'theirs')]],
    ['a folder in the way of a file', [file('new/deep/file', 'ours')], [file('new', 'theirs')]],
    ['a file that became a folder', [file('b', '')], [gone('a/1'), file('a/1/x', 'theirs')]],
  ];
  for (const [what, own, other] of left) {
    it(`leave ${what} to git`, async () => {
      const base = await commit(root, [file('a/1', '1'), file('a/2', '2')]);
      const [ours, theirs] = [await commit(base, own), await commit(base, other)];
      assert.equal(await mergeDisjoint(store, ours, theirs), null);
    });
  }

  it('leave trees with old modes to git, which writes them anew', async () => {
    const entry = Buffer.concat([Buffer.from('100664 old\0'), Buffer.from(blob, 'hex')]);
    const old = await git(['hash-object', '-t', 'tree', '-w', '--stdin', '--literally'], entry);
    const base = commitSha(await git(['commit-tree', old, '-m', 'x'], ''));
    const [ours, theirs] = [await commit(base, [file('a', '')]), await commit(base, [file('b', '')])];
    assert.equal(await mergeDisjoint(store, ours, theirs), null);
  });

  it('leave commits with two parents, and commits without a common ancestor, to git', async () => {
    const base = await commit(root, [file('a', 'a')]);
    const [ours, theirs] = [await commit(base, [file('b', '')]), await commit(base, [file('c', '')])];
    const tree = await git(['rev-parse', `${theirs}^{tree}`], '');
    const merge = commitSha(await git(['commit-tree', tree, '-p', theirs, '-p', root, '-m', 'x'], ''));
    assert.equal(await mergeDisjoint(store, ours, merge), null);
    const alone = commitSha(await git(['commit-tree', tree, '-m', 'alone'], ''));
    assert.equal(await mergeDisjoint(store, ours, alone), null);
  });
});
