// About shop/cart.ts
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addBook, emptyCart, removeBook, total } from '../shop/cart.ts';
import { aBook } from '../tests/support/book.ts';

const numbers = aBook();
const clouds = aBook({ isbn: '978-1-4028-3452-3', title: 'A Field Guide to Clouds', price: 2450 });

describe('the cart', () => {
  it('is empty at first and costs nothing', () => {
    assert.deepEqual(emptyCart.lines, []);
    assert.equal(total(emptyCart), 0);
  });

  it('sums copies and books', () => {
    const cart = addBook(addBook(emptyCart, numbers, 2), clouds);
    assert.equal(total(cart), 2 * 1200 + 2450);
  });

  it('has one line for a book, however often it is added', () => {
    const cart = addBook(addBook(addBook(emptyCart, numbers), clouds), { ...numbers }, 3);
    assert.deepEqual(
      cart.lines.map(({ book, quantity }) => [book.title, quantity]),
      [
        ['Small Numbers', 4],
        ['A Field Guide to Clouds', 1],
      ],
    );
  });

  it('never changes a cart that somebody holds', () => {
    const before = addBook(emptyCart, numbers);
    addBook(before, numbers);
    removeBook(before, numbers.isbn);
    assert.deepEqual(before.lines, [{ book: numbers, quantity: 1 }]);
  });

  it('takes a whole line out', () => {
    const cart = removeBook(addBook(addBook(emptyCart, numbers, 5), clouds), numbers.isbn);
    assert.deepEqual(
      cart.lines.map(({ book }) => book),
      [clouds],
    );
  });

  it('refuses less than one copy, parts of one, and what is sold out', () => {
    assert.throws(() => addBook(emptyCart, numbers, 0), RangeError);
    assert.throws(() => addBook(emptyCart, numbers, 1.5), RangeError);
    assert.throws(() => addBook(emptyCart, aBook({ inStock: false })), /sold out/);
  });
});
