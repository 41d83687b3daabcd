import assert from 'node:assert/strict';
import { changesMoreThanSources } from '../../src/protection/build-statements.js';
import { isPlan } from '../../src/protection/plan-files.js';
import { effectOf, type Kind } from '../support/judged-change.js';
import { stepsDuring } from '../support/steps-during.js';

describe('a change that is made to be slow', () => {
  const slow: readonly (readonly [Kind, string, string, string?, string?])[] = [
    ['js', 'tsconfig.json', '"\\'],
    ['js', 'tsconfig.json', '/* '],
    ['java', 'pom.xml', '<dependency>'],
    ['py', 'setup.cfg', '\n'],
    ['py', 'tox.ini', 'x\n y\n'],
    ['py', 'requirements.txt', '\\\n'],
    ['py', 'requirements.txt', ' --hash=b', 'a', ' x'],
    ['py', 'tests/__init__.py', '\\\\"', '"""'],
    ['py', 'tests/__init__.py', '#\n', '', 'x'],
    ['py', 'tests/__init__.py', ' coding', '#'],
    ['go', 'a.go', 'var x = (\n'],
    ['go', 'a.go', 'func init() {\n', '', 'os.Exit'],
  ];
  for (const [tests, path, piece, first = '', last = ''] of slow) {
    it(`is judged in linear time: ${path} of ${JSON.stringify(piece)}`, async () => {
      const steps = (characters: number) => {
        const after = `${first}${piece.repeat(Math.ceil(characters / piece.length))}${last}`;
        return stepsDuring(() => effectOf({ what: '', tests, path, before: 'x', after }));
      };
      // Not from nothing: a change without the piece may be judged by other rules, with steps of their own.
      const [few, short, long] = [await steps(30), await steps(330), await steps(1_230)];
      // Quadratic work would take fourteen times the steps.
      assert.ok(long - few <= 6 * (short - few), `${few}, ${short}, then ${long} steps`);
    });
  }

  const files: readonly (readonly [string, string])[] = [
    ...['"', "'", '"""', "'''", '#', '(', ')', '(\n', 'a_library(', 'a_library(glob(', '\\', 'load('].map(
      (piece) => ['BUILD', piece] as const,
    ),
    ...['\n', ' x:', 'build-depends:\n', '--'].map((piece) => ['shop.cabal', piece] as const),
    ...['(', ')', '"', ';', '(libraries ', ' (modules', '()'].map((piece) => ['dune', piece] as const),
    ...['- ', 'a:\n', '|\n', '# \n', '#\n\n', 'tasks:\n'].map((piece) => ['a plan', piece] as const),
  ];
  for (const [path, piece] of files) {
    it(`is judged in linear time: ${path} of ${JSON.stringify(piece)}`, async () => {
      const judge = (text: string) =>
        path === 'a plan' ? isPlan(`name: tasks\n${text}`) : changesMoreThanSources(path, 'x', text);
      const steps = (characters: number) => {
        const text = piece.repeat(Math.ceil(characters / piece.length));
        return stepsDuring(() => Promise.resolve(judge(text)));
      };
      const [few, short, long] = [await steps(30), await steps(330), await steps(1_230)];
      assert.ok(long - few <= 6 * (short - few), `${few}, ${short}, then ${long} steps`);
    });
  }
});
