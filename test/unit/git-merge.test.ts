import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitSha, treeSha } from '../../src/contract/ids.js';
import { unpack } from '../../src/sandbox/runners/unpack.js';
import { AT, useStore, write } from '../support/store.js';

describe('merging in the git store', () => {
  const { store, folder, imported, commit, text } = useStore();

  it('joins changes of different files', async () => {
    const { base } = await imported({ a: 'a\n', b: 'b\n' });
    const ours = await commit(base, [write('a', 'ours\n')]);
    const theirs = await commit(base, [write('b', 'theirs\n')]);
    const result = await store().mergeTree(ours, theirs);
    assert.ok(result.kind === 'clean');
    const made = { tree: result.tree, parents: [ours, theirs], message: 'Merge', at: AT };
    const merged = await store().commitTree(made);
    assert.equal(await store().commitTree(made), merged);
    assert.equal(await text(merged, 'a'), 'ours\n');
    assert.equal(await text(merged, 'b'), 'theirs\n');
  });

  it('names the files in conflict, including unusual names', async () => {
    const { base } = await imported({ 'a "b"\nc': 'a\n', b: 'b\n' });
    const strange = await store().listTree(base);
    assert.equal(strange[0]?.path, 'a "b"\nc');
    const ours = await commit(base, [write('b', 'ours\n')]);
    const theirs = await commit(base, [write('b', 'theirs\n')]);
    const result = await store().mergeTree(ours, theirs);
    assert.ok(result.kind === 'conflict');
    assert.deepEqual(result.files, ['b']);
    const marked = await store().commitTree({ tree: result.tree, parents: [ours], message: 'm', at: AT });
    assert.equal(
      await text(marked, 'b'),
      `<<<<<<< ${ours}\nours\n=======\ntheirs\n>>>>>>> ${theirs}\n`,
      'the markers of git are labelled with the commits',
    );
    const found = await store().lookUp(ours, 'b');
    assert.deepEqual(result.ours, 'sha' in found ? [found.sha] : []);
  });

  it('follows a rename', async () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
    const { base } = await imported({ old: lines.join('') });
    const ours = await commit(base, [{ path: 'old', delete: true }, write('new', lines.join(''))]);
    const theirs = await commit(base, [write('old', lines.with(3, 'changed\n').join(''))]);
    const result = await store().mergeTree(ours, theirs);
    assert.equal(result.kind, 'clean');
  });

  it('preserves names that are not UTF-8', async () => {
    const { repository } = await imported();
    const blob = repository.gitWith('x', 'hash-object', '-w', '--stdin');
    const entry = Buffer.concat([
      Buffer.from(`100644 blob ${blob}\tcaf`),
      Buffer.from([0xe9]),
      Buffer.from('\0'),
    ]);
    const tree = treeSha(repository.gitWith(entry, 'mktree', '-z'));
    const base = commitSha(repository.git('commit-tree', tree, '-m', 'x'));
    await store().importBase({ gitDir: join(repository.root, '.git') }, base);
    const name = String.raw`"caf\351"`;
    assert.deepEqual(
      (await store().listTree(base)).map(({ path }) => path),
      [name],
    );
    assert.equal(await text(base, name), 'x');
    const ours = await commit(base, [write('a', '')]);
    const theirs = await commit(base, [write('b', '')]);
    const result = await store().mergeTree(ours, theirs);
    assert.ok(result.kind === 'clean');
    const merged = await store().commitTree({ tree: result.tree, parents: [ours], message: 'm', at: AT });
    assert.deepEqual(
      (await store().listTree(merged)).map(({ path }) => path),
      ['a', 'b', name],
    );
    const target = folder();
    mkdirSync(target);
    await unpack(store().archive(merged), target);
    const file = Buffer.concat([Buffer.from(`${target}/caf`), Buffer.from([0xe9])]);
    assert.equal(readFileSync(file, 'utf8'), 'x');
  });

  it('finds the base of a run that started from another run’s result', async () => {
    const { repository, base } = await imported({ a: 'a\n', b: 'b\n' });
    const first = await commit(base, [write('a', 'first\n')]);
    const second = await commit(first, [write('a', 'second\n')]);
    // The user adopted the first run's commit, and it becomes the base of a second run.
    await store().importBase({ gitDir: join(repository.root, '.git') }, base);
    await store().importBase({ gitDir: store().gitDir }, first);
    const side = await commit(base, [write('b', 'side\n')]);
    assert.equal((await store().mergeTree(second, side)).kind, 'clean');
  });
});
