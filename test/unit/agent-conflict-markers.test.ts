import assert from 'node:assert/strict';
import { refuseConflictMarkers, showConflicts } from '../../src/agent/changes/conflict-markers.js';
import { conflictReply } from '../../src/agent/changes/result-texts.js';

const CONFLICT = ['<<<<<<< ours', 'a', '=======', 'b', '>>>>>>> theirs'];

describe('the conflicts of a file', () => {
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
  const show = (...text: readonly string[]) => showConflicts(text.join('\n'), 'ours', 'theirs');

  it('are shown with both sides and the lines around them', () => {
    assert.equal(
      show(...lines(1, 9), ...CONFLICT, ...lines(10, 20)),
      [
        ...lines(7, 9),
        ...['<<<<<<< what landed', 'a', '=======', 'b', '>>>>>>> your change'],
        ...lines(10, 12),
      ].join('\n'),
    );
  });

  it('are one part where their surroundings touch, and else several', () => {
    const parts = (between: number) =>
      show(...CONFLICT, ...lines(1, between), ...CONFLICT)?.split('\n[…]\n').length;
    assert.deepEqual([parts(6), parts(7)], [1, 2]);
  });

  it('are those of this merge only', () => {
    assert.equal(show('<<<<<<< HEAD', 'a', '=======', 'b', '>>>>>>> branch'), null);
    assert.equal(show(...lines(1, 3)), null);
  });
});

describe('conflict markers in new content', () => {
  const reason = (before: string | null, after: string) =>
    refuseConflictMarkers(before === null ? null : Buffer.from(before), Buffer.from(after));
  const conflict = (head = 'HEAD', end = '\n') =>
    [`<<<<<<< ${head}`, 'a', '=======', 'b', '>>>>>>> branch', ''].join(end);

  const refused: readonly (readonly [string, string | null, string])[] = [
    ['in a new file', null, conflict()],
    ['in a file that had none', 'a\n', `a\n${conflict()}`],
    ['with CRLF', 'a\r\n', conflict('HEAD', '\r\n')],
    ['without labels', 'a\n', '<<<<<<<\na\n=======\nb\n>>>>>>>\n'],
    ['with the base between', 'a\n', '<<<<<<< x\na\n||||||| base\nc\n=======\nb\n>>>>>>> y\n'],
    ['beside those that the file had', conflict(), `${conflict()}${conflict('other')}`],
  ];
  for (const [name, before, after] of refused) {
    it(`are refused ${name}`, () => {
      assert.match(reason(before, after) ?? '', /conflict markers/);
    });
  }

  const accepted: readonly (readonly [string, string | null, string])[] = [
    ['that the file had', conflict(), `${conflict()}more\n`],
    ['that are not a set: a heading', null, 'Title\n=======\n'],
    ['that are not a set: their order', null, '>>>>>>> a\n=======\n<<<<<<< b\n'],
    ['that do not begin a line', null, conflict().replaceAll(/^/gm, '  ')],
    ['of another length', null, '<<<<<<<< a\n========\n>>>>>>>> b\n'],
  ];
  for (const [name, before, after] of accepted) {
    it(`are accepted ${name}`, () => {
      assert.equal(reason(before, after), null);
    });
  }
});

describe('the message about a conflict', () => {
  it('is bounded, however many files and lines are in conflict', () => {
    const text = `${'x'.repeat(200)}\n`.repeat(10_000);
    for (const count of [1, 3, 500]) {
      const files = Array.from({ length: count }, (_, index) => ({ path: `f${index}`, text, note: null }));
      const paths = files.map(({ path }) => path);
      assert.ok(conflictReply({ files, kept: paths, landed: paths }).length < 25_000);
    }
  });
});
