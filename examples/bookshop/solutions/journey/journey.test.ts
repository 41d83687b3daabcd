import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import type { Book } from '../shop/book.ts';
import { addBook, emptyCart, removeBook, total } from '../shop/cart.ts';
import { cartPage } from '../shop/pages/cart-page.ts';
import { shopPage, type Catalogue } from '../shop/pages/shop-page.ts';
import { receipt } from '../shop/receipt.ts';

/** The catalogue as the back office really prints it, all of it or what some words find. */
function catalogueOf(...words: string[]): Catalogue {
  return JSON.parse(execFileSync('python3', ['-m', 'catalogue', ...words], { encoding: 'utf8' }));
}

function theBook(...words: string[]): Book {
  const books = catalogueOf(...words).shelves.flatMap((shelf) => shelf.books);
  assert.equal(books.length, 1, `${words.join(' ')} finds one book`);
  const [book] = books;
  assert.ok(book);
  return book;
}

describe('a customer', () => {
  it('sees every book of the back office in the shop', () => {
    const catalogue = catalogueOf();
    const page = shopPage(catalogue);
    const books = catalogue.shelves.flatMap((shelf) => shelf.books);
    assert.equal(page.match(/<article/g)?.length, books.length);
    for (const { isbn, inStock } of books) assert.equal(page.includes(`value="${isbn}"`), inStock);
  });

  it('finds three books without typing an accent, and pays for two', () => {
    const found = [theBook('zoe'), theBook('novak'), theBook('machine')];
    const cart = found.reduce((sofar, book) => addBook(sofar, book), emptyCart);
    assert.equal(total(cart), 1299 + 999 + 2790);
    assert.match(receipt(cart), /^Three for two +−€9\.99$/m);
    assert.match(receipt(cart), /^To pay +€40\.89$/m);
  });

  it('changes their mind', () => {
    const machine = theBook('machine');
    const cart = addBook(emptyCart, machine);
    assert.match(cartPage(cart), /&quot;Perfect&quot;/);
    assert.match(cartPage(removeBook(cart, machine.isbn)), /Your cart is empty/);
  });

  it('cannot buy what is sold out', () => {
    assert.throws(() => addBook(emptyCart, theBook('moss')), /Moss & Stone is sold out/);
  });
});
