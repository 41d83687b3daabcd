import assert from 'node:assert/strict';
import {
  conflictReply,
  redMergeReply,
  redReply,
  withoutTitles,
} from '../../src/agent/changes/result-texts.js';

const VERDICT = { summary: 'exit code 1', output: 'other work landed meanwhile ("x") and broke it' };

describe('withoutTitles', () => {
  const titles = ['Price (net) of "all"', 'Sum the cart'];
  const conflict = (landed: readonly string[]) =>
    conflictReply({ files: [{ path: 'a.ts', text: null, note: 'both' }], kept: [], landed });

  it('takes the titles of other tasks out of the reply to a conflict', () => {
    assert.match(conflict(titles), /Sum the cart/);
    assert.equal(withoutTitles(conflict(titles)), conflict([]));
    assert.equal(withoutTitles(conflict([])), conflict([]));
    const many = Array.from({ length: 30 }, (_, n) => `Task ${n}`);
    assert.equal(withoutTitles(conflict(many)), conflict([]));
  });

  it('takes them out of the reply to a red merge, and leaves the output as it is', () => {
    const red = withoutTitles(redMergeReply('npm test', VERDICT, titles, 'test-1'));
    assert.doesNotMatch(red, /Sum the cart/);
    assert.match(red, /other work landed meanwhile and does not work/);
    assert.match(red, /landed meanwhile \("x"\) and broke it/);
  });

  it('leaves every other reply as it is', () => {
    const reply = redReply('npm test', VERDICT, 'test-1');
    assert.equal(withoutTitles(reply), reply);
  });
});
