import { total, type Cart } from './cart.ts';
import { formatPrice, type Cents } from './money.ts';
import { offers } from './offers/index.ts';

const WIDTH = 40;
const PRICE_WIDTH = 9;
const RULE = '--------';

/** The receipt of a cart as text, forty columns wide. Of the offers the best one counts, and only that one. */
export function receipt(cart: Cart): string {
  const [best] = offers
    .map(({ name, discount }) => ({ name, discount: discount(cart.lines) }))
    .filter(({ discount }) => discount > 0)
    .sort((one, other) => other.discount - one.discount);
  return [
    ...cart.lines.map(({ book, quantity }) =>
      row(`${String(quantity).padStart(2)} × ${book.title}`, book.price * quantity),
    ),
    ...(best ? [row(best.name, -best.discount)] : []),
    RULE.padStart(WIDTH),
    row('To pay', total(cart) - (best?.discount ?? 0)),
  ].join('\n');
}

function row(label: string, amount: Cents): string {
  const room = WIDTH - PRICE_WIDTH;
  const cut = label.length > room ? `${label.slice(0, room - 1)}…` : label;
  return cut.padEnd(room) + formatPrice(amount).padStart(PRICE_WIDTH);
}
