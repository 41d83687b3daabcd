import assert from 'node:assert/strict';
import { UnknownCommitError } from '../../src/git/process/git-errors.js';
import { GitStore } from '../../src/git/store/git-store.js';
import { commitSha } from '../../src/contract/ids.js';
import { useStore } from '../support/store.js';

describe('reading the git store', () => {
  const { store, imported } = useStore();

  it('finds files and folders without following links', async () => {
    const { base } = await imported({ 'd/f': 'f', l: { link: 'd' } });
    assert.equal((await store().lookUp(base, 'd')).kind, 'folder');
    assert.equal((await store().lookUp(base, 'l')).kind, 'symlink');
    assert.deepEqual(await store().lookUp(base, 'l/f'), { kind: 'below', ancestor: 'l', of: 'symlink' });
    assert.deepEqual(await store().lookUp(base, 'd/f/x'), { kind: 'below', ancestor: 'd/f', of: 'file' });
    assert.equal((await store().lookUp(base, 'd/none')).kind, 'missing');
    assert.equal(await store().readFile(base, 'l'), null);
  });

  it('lists sizes and modes', async () => {
    const { base } = await imported({ 'd/f': 'four', l: { link: 'd' } });
    const entries = (await store().listTree(base)).map(({ path, mode, size }) => ({ path, mode, size }));
    assert.deepEqual(entries, [
      { path: 'd/f', mode: '100644', size: 4 },
      { path: 'l', mode: '120000', size: 1 },
    ]);
  });

  it('answers many concurrent requests of any size, each with its own result', async () => {
    const sizes = Array.from({ length: 60 }, (_, index) => index * index * 80);
    const files = Object.fromEntries(sizes.map((size) => [`f${size}`, Buffer.alloc(size, `${size}\n`)]));
    const { base } = await imported(files);
    const read = await Promise.all(sizes.map((size) => store().readFile(base, `f${size}`)));
    for (const [index, size] of sizes.entries()) assert.deepEqual(read[index], files[`f${size}`]);
  });

  it('fails if the commit does not exist', async () => {
    const unknown = commitSha('1'.repeat(40));
    await assert.rejects(store().treeOf(unknown), UnknownCommitError);
    await assert.rejects(store().readFile(unknown, 'a'), UnknownCommitError);
    assert.equal(await store().has(unknown), false);
  });

  it('continues after its process was killed', async () => {
    const { base } = await imported({ a: 'a' });
    const other = await GitStore.open(store().gitDir);
    assert.equal((await other.readFile(base, 'a'))?.toString(), 'a');
    other.close();
    assert.equal((await other.readFile(base, 'a'))?.toString(), 'a');
    other.close();
  });
});
