// About shop/pages/cart-page.ts
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addBook, emptyCart } from '../shop/cart.ts';
import { cartPage } from '../shop/pages/cart-page.ts';
import { aBook } from '../tests/support/book.ts';

const machine = aBook({ isbn: '978-1-4028-2839-3', title: 'The "Perfect" Machine', price: 2790 });

describe('the page of the cart', () => {
  it('has a row for each book, with copies and price', () => {
    const html = cartPage(addBook(addBook(emptyCart, aBook(), 2), machine));
    assert.equal(html.match(/<tr class="line">/g)?.length, 2);
    assert.match(html, /<td>Small Numbers<\/td><td>2<\/td><td>€24\.00<\/td>/);
  });

  it('ends with the total', () => {
    const html = cartPage(addBook(addBook(emptyCart, aBook(), 2), machine));
    assert.match(html, /<tr class="total"><td colspan="2">Total<\/td><td>€51\.90<\/td><\/tr>/);
  });

  it('offers to take a book out again', () => {
    const html = cartPage(addBook(emptyCart, machine));
    assert.match(html, /<button name="remove" value="978-1-4028-2839-3"/);
    assert.match(html, /aria-label="Take The &quot;Perfect&quot; Machine out of the cart"/);
  });

  it('invites to look around while it is empty', () => {
    const html = cartPage(emptyCart);
    assert.match(html, /Your cart is empty/);
    assert.doesNotMatch(html, /<table/);
  });
});
