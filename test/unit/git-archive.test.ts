import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { commitSha } from '../../src/contract/ids.js';
import { unpack } from '../../src/sandbox/runners/unpack.js';
import { useStore, write } from '../support/store.js';

describe('an archive of a commit, unpacked', () => {
  const { store, folder, imported, commit } = useStore();

  it('has exact bytes, executable bits and links, and no .git', async () => {
    const crlf = Buffer.from('$Id$ $Format:%H$\r\n\xff', 'latin1');
    const { repository } = await imported({
      'd/x.txt': crlf,
      hidden: 'h',
      'a.w': 'w',
      'run.sh': { executable: '#!/bin/sh\n' },
      link: { link: '../outside' },
      'line\nbreak': 'n',
    });
    // Committed after the other files: git would convert them when it adds them.
    const attributes =
      '* text eol=crlf ident export-subst\nhidden export-ignore\n*.w working-tree-encoding=UTF-16\n';
    repository.write({ '.gitattributes': attributes });
    repository.git('add', '.gitattributes');
    repository.git('commit', '--quiet', '-m', 'attributes');
    const base = repository.head();
    await store().importBase({ gitDir: join(repository.root, '.git') }, base);
    const tree = folder();
    mkdirSync(tree);
    await unpack(store().archive(base), tree);
    for (const { path, mode } of await store().listTree(base)) {
      const stat = lstatSync(join(tree, path));
      assert.equal(stat.isSymbolicLink(), mode === '120000', path);
      if (mode === '120000') continue;
      assert.deepEqual(readFileSync(join(tree, path)), await store().readFile(base, path), path);
      assert.equal((stat.mode & 0o777).toString(8), mode === '100755' ? '755' : '644', path);
    }
    assert.equal(readlinkSync(join(tree, 'link')), '../outside');
  });

  it('has the present time for all files, so that what was compiled before is older', async () => {
    const { base } = await imported();
    // The second one is left to git.
    for (const count of [1, 600]) {
      const paths = Array.from({ length: count }, (_, index) => String(index));
      const longAgo = await commit(
        base,
        paths.map((path) => write(path, 'x')),
      );
      const tree = folder();
      mkdirSync(tree);
      const before = Math.floor(Date.now() / 1000);
      await unpack(store().archive(longAgo), tree);
      for (const path of paths) {
        const seconds = lstatSync(join(tree, path)).mtimeMs / 1000;
        assert.ok(seconds >= before && seconds <= Date.now() / 1000, path);
      }
    }
  });

  it('fails if the commit does not exist', async () => {
    await assert.rejects(unpack(store().archive(commitSha('1'.repeat(40))), folder()), /git archive/);
  });
});
