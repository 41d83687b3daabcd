import assert from 'node:assert/strict';
import { knownLines, knowsContent } from '../../src/agent/changes/known-contents.js';

describe('what the model knows of a content', () => {
  const knows = (...known: readonly string[]) => knowsContent(new Set(known), 'blob');

  it('is all of it, once all lines were shown: at once, or in parts in any order', () => {
    assert.equal(knows(knownLines('blob', 1, 9, 9)), true);
    assert.equal(knows(knownLines('blob', 5, 9, 9), knownLines('blob', 1, 4, 9)), true);
    assert.equal(
      knows(knownLines('blob', 1, 7, 9), knownLines('blob', 2, 3, 9), knownLines('blob', 6, 9, 9)),
      true,
    );
  });

  it('is a part of it while a line is left out, or while it is another content', () => {
    assert.equal(knows(), false);
    assert.equal(knows(knownLines('blob', 1, 8, 9)), false);
    assert.equal(knows(knownLines('blob', 1, 4, 9), knownLines('blob', 6, 9, 9)), false);
    assert.equal(knows(knownLines('blob', 1, 4, 9), knownLines('other', 5, 9, 9)), false);
    assert.equal(knows(knownLines('blob2', 1, 9, 9)), false);
  });
});
