import assert from 'node:assert/strict';
import { STACK_END, summarize, type NumberedResult } from '../chaos/report.js';
import { facts } from './chaos-facts.js';

const row = (number: number, played = true): NumberedResult => ({
  number,
  result: { name: 'row', facts: played ? facts() : null, judgement: null, problems: [] },
});

describe('the whole kill matrix', () => {
  it('says how many of its rows were played, and how many by chance', () => {
    const whole = summarize([row(1), row(2), row(3), row(STACK_END, false)], { fixed: 2, ms: 60_000 });
    assert.equal(whole.said, '2 of 2 fixed rows, 1 random rows in 60 s');
    assert.deepEqual(whole.problems, []);
  });

  it('is incomplete if a row was not played or its moment never came', () => {
    const incomplete = [
      [row(1), row(3)],
      [row(1), row(2, false), row(3)],
    ];
    for (const placed of incomplete) {
      assert.deepEqual(summarize(placed, { fixed: 2, ms: 60_000 }).problems, [
        '1 of the fixed rows were not played',
      ]);
    }
  });

  it('has twelve minutes', () => {
    assert.deepEqual(summarize([row(1)], { fixed: 1, ms: 721_000 }).problems, [
      'it took 721 s, 720 are allowed',
    ]);
  });
});
