import assert from 'node:assert/strict';
import { findReachedFiles } from '../../src/protection/reached-files.js';
import { configurationChange, exclusiveContent, mayAffectTests } from '../../src/protection/same-effect.js';
import type { TextChange } from '../../src/protection/text-change.js';

/** Tests in some languages. */
const FILES = {
  js: ['test/cart.test.js', 'test/support/helper.ts', 'packages/a/test/a.test.ts'],
  py: ['tests/test_cart.py', 'tests/deep/test_more.py'],
  go: ['cart/cart_test.go'],
  rs: ['tests/cart.rs'],
  java: ['src/test/java/CartTest.java', 'src/test/resources/CartTest.kt'],
  rb: ['spec/cart_spec.rb'],
  php: ['tests/CartTest.php'],
  pl: ['t/cart.t'],
  c: ['test/cart_test.cpp'],
  cs: ['test/CartTests.cs'],
} as const;
export type Kind = keyof typeof FILES;

/** A change of a file beside tests. */
export interface Case {
  readonly what: string;
  readonly tests: Kind;
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
  readonly command?: string;
  readonly setup?: string;
  readonly there?: readonly string[];
}

/** The files that commands reach, in a repository with these texts by path. */
export function reachedBy(command: string, setup: string, texts: Readonly<Record<string, string>>) {
  const commands = [
    { text: command, isSetup: false, isDirect: true },
    { text: setup, isSetup: true, isDirect: false },
  ];
  return findReachedFiles(commands, [], {
    // A text may name a path such as `toString`, which every object inherits.
    exists: (path) => Promise.resolve(Object.hasOwn(texts, path)),
    read: (path) => Promise.resolve(Object.hasOwn(texts, path) ? (texts[path] ?? null) : null),
    list: (folder) =>
      Promise.resolve(folder === '' ? Object.keys(texts).filter((path) => !path.includes('/')) : []),
  });
}

/** Why a change could alter the tests; null when it could not. */
export async function effectOf({
  tests,
  path,
  before,
  after,
  command = 'run the tests',
  setup = 'install',
  there = [],
}: Case): Promise<string | null> {
  const files = FILES[tests];
  const present = new Set<string>([...files, ...there, ...(before === undefined ? [] : [path])]);
  const change: TextChange = { path, before: before ?? null, after: after ?? null };
  const judged = {
    files,
    has: (each: string) => present.has(each),
    commands: [command],
    setup: [setup],
    reached: await reachedBy(command, setup, before === undefined ? {} : { [path]: before }),
    isInstalled: (name: string) => name === 'diff',
  };
  const found = exclusiveContent(change, judged) ?? configurationChange(change, judged);
  // The caller asks only about such paths, so others would never be refused.
  if (found !== null) assert.ok(mayAffectTests(path, judged), `${path} is not looked at`);
  return found;
}
