import assert from 'node:assert/strict';
import { taskId } from '../../src/contract/ids.js';
import { misnamedFileWarnings, missingFileWarnings } from '../../src/plan/missing-files.js';

describe('the warning of an entry of `files`', () => {
  const paths = ['README.md', 'src/cart/sum.ts', 'src/cart/tax.ts', 'odd/[id].ts'];
  const named = (files: string[]) => [{ id: taskId('cart'), files }];
  const warningsOf = (...files: string[]) => missingFileWarnings(named(files), paths);

  it('that is a file is none, with characters of a glob too', () => {
    assert.deepEqual(warningsOf('README.md', 'odd/[id].ts'), []);
  });

  it('that does not exist names the file that was probably meant', () => {
    const named = (file: string) =>
      `the task cart names "${file}" in \`files\`, which does not exist at the base`;
    assert.deepEqual(warningsOf('READNE.md', 'later.txt', 'other/folder/[slug].md'), [
      `${named('READNE.md')}; did you mean "README.md"?`,
      named('later.txt'),
      named('other/folder/[slug].md'),
    ]);
  });

  it('that is a folder says so', () => {
    assert.deepEqual(warningsOf('src', 'src/cart'), [
      'the task cart names "src" in `files`, which is a folder: name the files in it that matter',
      'the task cart names "src/cart" in `files`, which is a folder: name the files in it that matter',
    ]);
  });

  it('that is a glob says that there are none', () => {
    const advice = 'which takes no globs: name each file';
    assert.deepEqual(warningsOf('src/cart/*.ts', 'src/**'), [
      `the task cart names "src/cart/*.ts" in \`files\`, ${advice}`,
      `the task cart names "src/**" in \`files\`, ${advice}`,
    ]);
  });

  it('is given at the start of a run for a folder and a glob only: a task may create any other file', () => {
    const files = ['READNE.md', 'later.txt', 'src', 'src/**', 'docs/*.md'];
    assert.deepEqual(misnamedFileWarnings(named(files), paths), warningsOf('src', 'src/**'));
  });
});
