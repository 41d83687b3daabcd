import assert from 'node:assert/strict';
import { ObjectReader } from '../../src/git/objects/object-reader.js';
import { findIgnoredPaths } from '../../src/git/store/ignored-paths.js';
import type { TestFiles } from '../support/repository.js';
import { setEnvironment } from '../support/set-environment.js';
import { useStore } from '../support/store.js';

describe('paths that a commit ignores', function () {
  this.timeout(60_000);
  const { store, repository } = useStore();
  const importFiles = async (files: TestFiles) => {
    const user = repository({ 'a.txt': '' });
    user.write(files);
    user.git('add', '--all', '--force');
    user.git('commit', '--quiet', '-m', 'A change');
    const head = user.head();
    await store().importBase({ gitDir: `${user.root}/.git` }, head);
    return head;
  };
  const ignoredIn = async (files: TestFiles, paths: string[]) => [
    ...(await store().ignoredPaths(await importFiles(files), paths)),
  ];

  it('are those of its ignore files, at the root and below', async () => {
    const files = {
      '.gitignore': 'build/\n*.log\n!keep.log\n/.venv\n',
      'web/.gitignore': 'target\n!own.log\n',
      'build/kept': 'x',
    };
    const ignored = [
      ...['build/test', 'build/kept', 'web/build/deep/x', 'q.log', '.venv/bin/python', 'web/target/x'],
      ...[':(glob)build/x.log', '-x.log', 'ä b.log'],
    ];
    const free = ['build', 'keep.log', 'web/own.log', 'web/.venv/x', 'src/ok.py', 'target/x', '.gitignore'];
    assert.deepEqual((await ignoredIn(files, [...ignored, ...free])).sort(), ignored.sort());
  });

  it('are found although the folder that TMPDIR named when the process started was removed', async () => {
    const restore = setEnvironment({ TMPDIR: '/a/folder/that/was/removed' });
    try {
      assert.deepEqual(await ignoredIn({ '.gitignore': '*.log' }, ['a.log']), ['a.log']);
    } finally {
      restore();
    }
  });

  it('are all of them where a pattern takes git years', async () => {
    const files = { '.gitignore': `${'**/'.repeat(200)}none\n` };
    const path = `${'a/'.repeat(50)}b.txt`;
    const head = await importFiles(files);
    const gitDir = await store().folderOf(head);
    const reader = new ObjectReader(gitDir);
    try {
      assert.deepEqual([...(await findIgnoredPaths({ gitDir, reader }, head, [path], 300))], [path]);
    } finally {
      reader.close();
    }
  });

  it('are none without an ignore file, and none of a link', async () => {
    assert.deepEqual(await ignoredIn({ 'other/.gitignore': '*' }, ['a.log', 'src/a.log']), []);
    assert.deepEqual(await ignoredIn({ rules: '*', '.gitignore': { link: 'rules' } }, ['a.log']), []);
  });
});
