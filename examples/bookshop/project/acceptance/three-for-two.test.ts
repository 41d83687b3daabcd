// About shop/offers/three-for-two.ts
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { offers } from '../shop/offers/index.ts';
import { threeForTwo } from '../shop/offers/three-for-two.ts';
import { aBook } from '../tests/support/book.ts';

const line = (price: number, quantity = 1) => ({ book: aBook({ price }), quantity });

describe('three for two', () => {
  it('gives the cheapest of three away', () => {
    assert.equal(threeForTwo.discount([line(1850), line(999), line(1299)]), 999);
  });

  it('counts copies, not lines', () => {
    assert.equal(threeForTwo.discount([line(1200, 3)]), 1200);
    assert.equal(threeForTwo.discount([line(1200, 2), line(999)]), 999);
  });

  it('makes the dearest books share a three, so that more is given away', () => {
    assert.equal(threeForTwo.discount([line(500, 3), line(2000, 3)]), 2500);
  });

  it('gives nothing for what does not fill a three', () => {
    assert.equal(threeForTwo.discount([]), 0);
    assert.equal(threeForTwo.discount([line(1200, 2)]), 0);
    assert.equal(threeForTwo.discount([line(1200, 5)]), 1200);
  });

  it('is one of the offers of the shop', () => {
    assert.ok(offers.includes(threeForTwo));
    assert.equal(threeForTwo.name, 'Three for two');
  });
});
