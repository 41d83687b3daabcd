// About shop/receipt.ts
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addBook, emptyCart } from '../shop/cart.ts';
import { receipt } from '../shop/receipt.ts';
import { aBook } from '../tests/support/book.ts';

const rivers = aBook({ isbn: '978-1-4028-4065-4', title: 'How Rivers Decide', price: 1850 });
const almanac = aBook({
  isbn: '978-1-4028-1613-0',
  title: "The Lighthouse Keeper's Almanac",
  price: 1890,
});

describe('the receipt', () => {
  it('has a line for each book and what is to pay', () => {
    const cart = addBook(addBook(emptyCart, aBook()), rivers);
    assert.deepEqual(receipt(cart).split('\n'), [
      ' 1 × Small Numbers                €12.00',
      ' 1 × How Rivers Decide            €18.50',
      '                                --------',
      'To pay                            €30.50',
    ]);
  });

  it('names the offer that it takes off', () => {
    const cart = addBook(addBook(emptyCart, aBook(), 2), rivers);
    assert.deepEqual(receipt(cart).split('\n'), [
      ' 2 × Small Numbers                €24.00',
      ' 1 × How Rivers Decide            €18.50',
      'Three for two                    −€12.00',
      '                                --------',
      'To pay                            €30.50',
    ]);
  });

  it('grants one offer only, the best for the customer', () => {
    const lines = receipt(addBook(emptyCart, aBook(), 10)).split('\n');
    assert.ok(lines.includes('Three for two                    −€36.00'));
    assert.ok(!lines.some((line) => line.startsWith('Class set')));
  });

  it('is forty columns wide, and cuts a long title to fit', () => {
    const lines = receipt(addBook(emptyCart, almanac, 10)).split('\n');
    assert.equal(lines[0], "10 × The Lighthouse Keeper's A…  €189.00");
    for (const line of lines) assert.equal(line.length, 40);
  });
});
