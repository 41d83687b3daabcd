import assert from 'node:assert/strict';
import type { CodeSymbol } from '../../src/codebase/file-facts.js';
import { CHARS_PER_TOKEN, renderMap, type MapEntry, type RepoMap } from '../../src/codebase/repo-map.js';

const symbol = (name: string, line: number, signature = `export function ${name}() {`): CodeSymbol => ({
  ...{ name, line, signature },
  kind: 'function',
  endLine: line + 1,
});

const entry = (path: string, ...symbols: readonly CodeSymbol[]): MapEntry => ({
  path,
  symbols: () => symbols,
});

const asIs = (text: string): string => text;

/** Files with as many functions each. */
const manyFiles = (files: number, functions: number): MapEntry[] =>
  Array.from({ length: files }, (_, file) =>
    entry(
      `src/some/folder/file-${file}.ts`,
      ...Array.from({ length: functions }, (_, at) => symbol(`doThing${file}of${at}`, 3 * at + 1)),
    ),
  );

const keyLines = ({ text }: RepoMap): string[] => text.split('\n').filter((line) => line.startsWith('  '));

const lengthOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);

describe('the repo map', () => {
  it('lists each file by its full path, the first ones with key lines in the order of the file', () => {
    const entries = [entry('src/cart.ts', symbol('total', 40), symbol('Cart', 3)), entry('README.md')];
    const map = renderMap(entries, 1_000, asIs);
    assert.equal(
      map.text,
      'src/cart.ts\n  3 export function Cart() {\n  40 export function total() {\nREADME.md\n',
    );
    assert.deepEqual(
      map.files.map(({ path, symbols }) => [path, symbols.map(({ name }) => name)]),
      [
        ['src/cart.ts', ['Cart', 'total']],
        ['README.md', []],
      ],
    );
  });

  it('shows a line once that defines several symbols', () => {
    const line = 'export interface Line { text: string; quantity: number }';
    const of = (name: string) => symbol(name, 3, line);
    const map = renderMap([entry('src/line.ts', of('Line'), of('text'), of('quantity'))], 1_000, asIs);
    assert.equal(map.text, `src/line.ts\n  3 ${line}\n`);
  });

  for (const tokens of [1, 40, 100, 333, 1_000, 4_000]) {
    it(`keeps to ${tokens} tokens, at least half of them for key lines`, () => {
      const budget = tokens * CHARS_PER_TOKEN;
      const map = renderMap(manyFiles(600, 30), tokens, asIs);
      assert.ok(map.text.length <= budget);
      if (tokens < 100) return;
      assert.ok(lengthOf(keyLines(map)) >= budget / 2, 'half of the budget goes to key lines');
      assert.ok(map.text.length > budget - 40, 'what is left is too short for a path');
    });
  }

  it('gives to paths what there are too few key lines for', () => {
    const map = renderMap(manyFiles(600, 0), 1_000, asIs);
    assert.equal(keyLines(map).length, 0);
    assert.ok(map.text.length > 3_400);
    assert.equal(map.files.length, map.text.trimEnd().split('\n').length);
  });

  it('gives more key lines to files that matter more', () => {
    const map = renderMap(manyFiles(100, 50), 1_000, asIs);
    const counts = map.files.map(({ symbols }) => symbols.length);
    assert.deepEqual(
      counts,
      [...counts].sort((a, b) => b - a),
    );
    assert.ok((counts[0] ?? 0) > 3 * (counts[9] ?? 0));
  });

  it('shows no secret, and keeps to its budget with what stands in its place', () => {
    const hide = (text: string) => text.replaceAll('s3cret', '[redacted: a very long name of a secret]');
    const entries = Array.from({ length: 99 }, (_, at) =>
      entry(`s3cret/${at}.ts`, symbol('key', at + 1, "const key = 's3cret'")),
    );
    const map = renderMap(entries, 500, hide);
    assert.doesNotMatch(map.text, /s3cret/);
    assert.ok(map.text.length <= 500 * CHARS_PER_TOKEN);
  });

  it('keeps names with control characters on one line', () => {
    const forged = 'src/a\n  1 export function forged() {';
    const map = renderMap([entry(forged, symbol('x', 1, 'x\u2028y\u001b[2J'))], 1_000, asIs);
    assert.equal(map.text.trimEnd().split('\n').length, 2);
    assert.doesNotMatch(map.text, /\u001b|\u2028/);
    assert.equal(map.files[0]?.path, forged);
  });

  it('shortens long key lines, and never splits a character', () => {
    const map = renderMap(
      [entry('a.ts', symbol('x', 1, `${'x'.repeat(78)}😀${'y'.repeat(99)}`))],
      1_000,
      asIs,
    );
    assert.equal(keyLines(map)[0], `  1 ${'x'.repeat(78)}…`);
  });

  it('skips no file for a later one: what comes first matters more', () => {
    const map = renderMap([entry('a'.repeat(4_000)), entry('b.ts')], 1_000, asIs);
    assert.deepEqual(map.files, []);
  });
});
