import type { Book } from '../book.ts';
import { escapeHtml } from '../html.ts';
import { formatPrice } from '../money.ts';

/** A book on its shelf, as HTML. The button's name and value are what the cart's form sends. */
export function bookCard(book: Book): string {
  const title = escapeHtml(book.title);
  const offer = book.inStock
    ? `<button name="add" value="${escapeHtml(book.isbn)}" aria-label="Add ${title} to the cart">Add</button>`
    : '<p class="sold-out">Sold out</p>';
  return `<article class="book">
  <h3>${title}</h3>
  <p class="author">${escapeHtml(book.author)}</p>
  <p class="price">${formatPrice(book.price)}</p>
  ${offer}
</article>`;
}
