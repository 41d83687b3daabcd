import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/files/package-root.js';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

/** A test that a row names: its file and optional fragments of its titles. */
interface TestReference {
  readonly file: string;
  readonly titles: readonly string[];
}

/** `` `file`: "title", "title" ``, any number of times. */
const TEST_REFERENCE = /`(test\/[^`]+)`(?::\s+((?:"[^"]+"(?:,\s*)?)+))?/g;

function findTestReferences(row: string): TestReference[] {
  return [...row.matchAll(TEST_REFERENCE)].map(([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }));
}

function findProblems({ file, titles }: TestReference): string[] {
  if (!existsSync(join(packageRoot, file))) return [`${file} is not there`];
  const text = read(file);
  return titles.filter((title) => !text.includes(title)).map((title) => `${file} has no "${title}"`);
}

describe('docs/failures.md', () => {
  const [, models = '', others = ''] = read('docs/failures.md').split(/^## /m);
  const rows = (section: string) =>
    section.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:failure |-)/.test(line));

  it('names a test for every failure', () => {
    assert.ok(rows(models).length > 10 && rows(others).length > 20);
    for (const row of [...rows(models), ...rows(others)])
      assert.notDeepEqual(findTestReferences(row), [], row);
  });

  it('names only existing tests', () => {
    assert.deepEqual(
      [...rows(models), ...rows(others)].flatMap(findTestReferences).flatMap(findProblems),
      [],
    );
    assert.deepEqual(findTestReferences('| x | `test/a.ts`: "b", "c" |').flatMap(findProblems), [
      'test/a.ts is not there',
    ]);
    assert.deepEqual(findProblems({ file: 'README.md', titles: ['Leadwright', 'no such words'] }), [
      'README.md has no "no such words"',
    ]);
  });
});
