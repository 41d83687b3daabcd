import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { commitSha, type CommitSha } from '../../src/contract/ids.js';
import { ObjectReader } from '../../src/git/objects/object-reader.js';
import { listFiles } from '../../src/git/objects/small-tree.js';
import { listTree } from '../../src/git/objects/tree-reader.js';
import { archive, archiveByGit, archiveSmall } from '../../src/git/store/archive.js';
import { fastImport } from '../../src/git/store/fast-import.js';
import { edits } from '../support/git-edits.js';
import { AT, execGit, useStore, write } from '../support/store.js';

describe('small trees that are read without a git process', function () {
  this.timeout(60_000);
  const { store, imported, commit } = useStore();
  let reader: ObjectReader;
  before(() => {
    reader = new ObjectReader(store().gitDir);
  });
  after(() => reader.close());

  /** Names, types, permissions, owners and sizes of an archive, as tar lists them. */
  const contentsOf = (tar: Buffer): string => {
    const { status, stdout, stderr } = spawnSync('tar', ['-tvf', '-', '--utc'], {
      input: tar,
      env: { LC_ALL: 'C' },
    });
    assert.equal(status, 0, stderr.toString());
    return stdout.toString('latin1').replaceAll(/ \d{4}-\d\d-\d\d \d\d:\d\d /g, ' ');
  };
  const assertLikeGit = async (at: CommitSha): Promise<void> => {
    const { gitDir } = store();
    assert.deepEqual(await listFiles({ gitDir, reader }, at), await listTree(gitDir, at));
    const tar = await archiveSmall(reader, at);
    assert.ok(tar !== null);
    const byGit = await buffer(archiveByGit(gitDir, at).stream);
    assert.equal(contentsOf(tar), contentsOf(byGit));
    const inFolder = await archiveSmall(reader, at, 'tree');
    assert.ok(inFolder !== null);
    const [folder, ...entries] = contentsOf(
      await buffer(archiveByGit(gitDir, at, undefined, 'tree').stream),
    ).split('\n');
    assert.match(folder ?? '', / tree\/$/);
    assert.deepEqual(contentsOf(inFolder).split('\n'), entries);
  };

  it('are listed and archived as git does it', async () => {
    const { base } = await imported({
      first: 'x',
      link: { link: '../target' },
      'run.sh': { executable: 'x' },
    });
    const link = execGit(store(), 'rev-parse', `${base}:link`).trim();
    const property = fc.asyncProperty(edits(link, 20), async (files) => {
      await assertLikeGit(await fastImport(store().gitDir, { parent: base, files, message: 'x', at: AT }));
    });
    await fc.assert(property, { numRuns: 25 });
  });

  it('may hold submodules', async () => {
    const { repository, base } = await imported({ a: 'a' });
    repository.git('update-index', '--add', '--cacheinfo', `160000,${base},sub`);
    repository.git('commit', '-qm', 'sub');
    await store().importBase({ gitDir: `${repository.root}/.git` }, repository.head());
    await assertLikeGit(repository.head());
  });

  it('are left to git when a path is long, a file is large, or there are many', async () => {
    const { base } = await imported();
    const [long, large, many] = await Promise.all([
      commit(base, [write(`${'d'.repeat(60)}/${'f'.repeat(60)}`, 'x')]),
      commit(base, [{ path: 'large', content: Buffer.alloc(3 * 1024 * 1024) }]),
      commit(
        base,
        Array.from({ length: 600 }, (_, index) => write(`${index % 7}/${index}`, 'x')),
      ),
    ]);
    for (const at of [long, large, many]) {
      assert.equal(await archiveSmall(reader, at), null);
      const { gitDir } = store();
      assert.deepEqual(await listFiles({ gitDir, reader }, at), await listTree(gitDir, at));
      const { stream, completed } = archive(Promise.resolve({ gitDir, reader }), at);
      const [tar, byGit] = await Promise.all([buffer(stream), buffer(archiveByGit(gitDir, at).stream)]);
      await completed;
      assert.equal(contentsOf(tar), contentsOf(byGit));
    }
  });

  it('end an archive early and say why when it is stopped', async () => {
    const { base } = await imported();
    const reason = new Error('stopped');
    const part = Promise.resolve({ gitDir: store().gitDir, reader });
    const missing = archive(part, commitSha('1'.repeat(40)));
    await Promise.all([buffer(missing.stream), assert.rejects(missing.completed, /git archive/)]);
    const aborted = archive(part, base, AbortSignal.abort(reason));
    await Promise.all([buffer(aborted.stream), assert.rejects(aborted.completed, reason)]);
    const cancelled = archive(part, base);
    cancelled.cancel();
    await Promise.all([buffer(cancelled.stream), assert.rejects(cancelled.completed, /cancelled/)]);
  });
});
