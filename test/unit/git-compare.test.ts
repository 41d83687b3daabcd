import assert from 'node:assert/strict';
import { execGit, useStore, write } from '../support/store.js';

describe('the changed paths between commits', () => {
  const { store, imported, commit } = useStore();

  /** The paths that git itself reports. */
  const byGit = (from: string, to: string): string[] =>
    execGit(store(), 'diff-tree', '-r', '--no-renames', '--name-only', '-z', from, to)
      .split('\0')
      .filter((path) => path !== '');

  it("equal git's own, in git's order, at any depth", async () => {
    const { base } = await imported({ a: '1', 'a.b': '1', 'd/e/f': '1', 'd/gone': '1', 'd-e': '1', z: '1' });
    const made = await commit(base, [
      write('a.b', '2'),
      write('d/e/f', '2'),
      write('d/e/new', '1'),
      { path: 'd/gone', delete: true },
      write('d-e', '2'),
      write('n/e/w', '1'),
      write('ümläut', '1'),
    ]);
    const paths = await store().changedPaths(base, made);
    assert.deepEqual(paths, byGit(base, made));
    assert.equal(paths.length, 7);
  });

  it('include a file that became a folder, and the files in it', async () => {
    const [file, folder] = [await imported({ a: '1', b: '1' }), await imported({ 'a/x/y': '1', b: '1' })];
    assert.deepEqual(await store().changedPaths(file.base, folder.base), ['a', 'a/x/y']);
    assert.deepEqual(await store().changedPaths(folder.base, file.base), ['a', 'a/x/y']);
  });

  it('include both names of a renamed file', async () => {
    const { base } = await imported({ old: 'the same' });
    const made = await commit(base, [{ path: 'old', delete: true }, write('new', 'the same')]);
    assert.deepEqual(await store().changedPaths(base, made), ['new', 'old']);
  });

  it('are none between equal commits', async () => {
    const { base } = await imported({ 'd/a': '1' });
    assert.deepEqual(await store().changedPaths(base, base), []);
  });
});

describe('the changed lines between commits', () => {
  const { store, imported, commit } = useStore();

  it('are counted for each file, whatever its name, and unknown for a binary one', async () => {
    const text = 'one\ntwo\nthree\nfour\n';
    const { base } = await imported({ 'a.txt': text, 'old name.txt': text.toUpperCase(), gone: 'x\n' });
    const made = await commit(base, [
      write('a.txt', text.replace('two', '2')),
      { path: 'old name.txt', delete: true },
      write('new \"näme\" .txt', `${text.toUpperCase()}FIVE\n`),
      { path: 'gone', delete: true },
      write('picture', '\0\u0001'),
    ]);
    assert.deepEqual(await store().changedLines(base, made), [
      { path: 'a.txt', added: 1, removed: 1 },
      { path: 'gone', added: 0, removed: 1 },
      { path: 'new \"näme\" .txt', added: 1, removed: 0 },
      { path: 'picture', added: null, removed: null },
    ]);
    assert.deepEqual(await store().changedLines(base, base), []);
  });
});
