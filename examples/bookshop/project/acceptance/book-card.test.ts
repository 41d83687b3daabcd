// About shop/pages/book-card.ts
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bookCard } from '../shop/pages/book-card.ts';
import { aBook } from '../tests/support/book.ts';

describe('the card of a book', () => {
  it('shows title, author and price', () => {
    const html = bookCard(aBook());
    assert.match(html, /<h3>Small Numbers<\/h3>/);
    assert.match(html, /Grace Okafor/);
    assert.match(html, /€12\.00/);
  });

  it('has a button that says which book it adds', () => {
    assert.match(
      bookCard(aBook()),
      /<button name="add" value="978-1-4028-6517-6" aria-label="Add Small Numbers to the cart">/,
    );
  });

  it('says so when the book is sold out, and has no button then', () => {
    const html = bookCard(aBook({ inStock: false }));
    assert.match(html, /Sold out/);
    assert.doesNotMatch(html, /<button/);
  });

  it('shows what looks like HTML as what it is', () => {
    const html = bookCard(aBook({ title: 'Moss & <Stone>' }));
    assert.match(html, /<h3>Moss &amp; &lt;Stone&gt;<\/h3>/);
  });

  it('keeps quotes inside the attribute that they are in', () => {
    const html = bookCard(aBook({ title: 'The "Perfect" Machine' }));
    assert.match(html, /aria-label="Add The &quot;Perfect&quot; Machine to the cart"/);
  });
});
