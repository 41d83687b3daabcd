import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/package-root.js';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

/** A test as a row names it: its file and, where one of it is meant, words of its title. */
interface Named {
  readonly file: string;
  readonly titles: readonly string[];
}

/** `` `file`: "title", "title" ``, any number of times. */
const NAMED = /`(test\/[^`]+)`(?::\s+((?:"[^"]+"(?:,\s*)?)+))?/g;

function namedIn(row: string): Named[] {
  return [...row.matchAll(NAMED)].map(([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }));
}

function problemsOf({ file, titles }: Named): string[] {
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
    for (const row of [...rows(models), ...rows(others)]) assert.notDeepEqual(namedIn(row), [], row);
  });

  it('names no test that is not there', () => {
    assert.deepEqual([...rows(models), ...rows(others)].flatMap(namedIn).flatMap(problemsOf), []);
    assert.deepEqual(namedIn('| x | `test/a.ts`: "b", "c" |').flatMap(problemsOf), [
      'test/a.ts is not there',
    ]);
    assert.deepEqual(problemsOf({ file: 'README.md', titles: ['Leadwright', 'no such words'] }), [
      'README.md has no "no such words"',
    ]);
  });
});
