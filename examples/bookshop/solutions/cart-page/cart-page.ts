import { total, type Cart } from '../cart.ts';
import { escapeHtml } from '../html.ts';
import type { Line } from '../line.ts';
import { formatPrice } from '../money.ts';

/** What is in the cart, as the HTML of the page's main part. */
export function cartPage(cart: Cart): string {
  if (cart.lines.length === 0) {
    return '<p class="empty">Your cart is empty. Have a look around: the shelves are long.</p>';
  }
  return `<table class="cart">
${cart.lines.map(row).join('\n')}
  <tr class="total"><td colspan="2">Total</td><td>${formatPrice(total(cart))}</td></tr>
</table>`;
}

function row({ book, quantity }: Line): string {
  const title = escapeHtml(book.title);
  const price = formatPrice(book.price * quantity);
  const button = `<button name="remove" value="${escapeHtml(book.isbn)}" aria-label="Take ${title} out of the cart">×</button>`;
  return `  <tr class="line"><td>${title}</td><td>${quantity}</td><td>${price}</td><td>${button}</td></tr>`;
}
