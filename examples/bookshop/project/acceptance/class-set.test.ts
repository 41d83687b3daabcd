// About shop/offers/class-set.ts
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { classSet } from '../shop/offers/class-set.ts';
import { offers } from '../shop/offers/index.ts';
import { aBook } from '../tests/support/book.ts';

const line = (price: number, quantity: number) => ({ book: aBook({ price }), quantity });

describe('the class set', () => {
  it('takes fifteen per cent off ten copies of a book', () => {
    assert.equal(classSet.discount([line(1200, 10)]), 1800);
  });

  it('does not add up different books', () => {
    assert.equal(classSet.discount([line(1200, 9), line(1850, 9)]), 0);
  });

  it('leaves the other books at their price', () => {
    assert.equal(classSet.discount([line(1200, 12), line(1850, 1)]), 2160);
  });

  it('rounds down to whole cents, once for each line', () => {
    assert.equal(classSet.discount([line(1201, 10)]), 1801);
    assert.equal(classSet.discount([line(1201, 10), line(1201, 10)]), 2 * 1801);
  });

  it('is one of the offers of the shop', () => {
    assert.ok(offers.includes(classSet));
    assert.equal(classSet.name, 'Class set');
  });
});
