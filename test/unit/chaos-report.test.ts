import assert from 'node:assert/strict';
import { AFTER_ALL, wholeOf, type Placed } from '../chaos/report.js';
import { facts } from './chaos-facts.js';

const row = (number: number, played = true): Placed => ({
  number,
  result: { name: 'row', facts: played ? facts() : null, judgement: null, problems: [] },
});

describe('the report of the whole kill matrix', () => {
  it('says how many fixed and how many random rows were played', () => {
    const report = wholeOf([row(1), row(2), row(3), row(AFTER_ALL, false)], { fixed: 2, ms: 60_000 });
    assert.equal(report.said, '2 of 2 fixed rows and 1 by chance in 60 s');
    assert.deepEqual(report.problems, []);
  });

  it('is incomplete if a row was not played or its moment never came', () => {
    const incomplete = [
      [row(1), row(3)],
      [row(1), row(2, false), row(3)],
    ];
    for (const placed of incomplete) {
      assert.deepEqual(wholeOf(placed, { fixed: 2, ms: 60_000 }).problems, [
        '1 of the fixed rows were not played',
      ]);
    }
  });

  it('fails a matrix that took more than twelve minutes', () => {
    assert.deepEqual(wholeOf([row(1)], { fixed: 1, ms: 721_000 }).problems, [
      'it took 721 s, 720 are allowed',
    ]);
  });
});
