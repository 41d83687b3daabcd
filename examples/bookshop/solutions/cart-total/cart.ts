import type { Book } from './book.ts';
import type { Line } from './line.ts';
import type { Cents } from './money.ts';

/** What a customer wants to buy; a book has one line at most. Never changed: a change makes a new one. */
export interface Cart {
  readonly lines: readonly Line[];
}

export const emptyCart: Cart = { lines: [] };

/**
 * The cart with `quantity` more copies of a book. Throws a RangeError for a quantity that is not a whole number
 * from 1, an Error when the book is sold out.
 */
export function addBook(cart: Cart, book: Book, quantity = 1): Cart {
  if (!Number.isInteger(quantity) || quantity < 1) throw new RangeError(`Cannot add ${quantity} copies`);
  if (!book.inStock) throw new Error(`${book.title} is sold out`);
  const isThere = cart.lines.some((line) => line.book.isbn === book.isbn);
  return {
    lines: isThere
      ? cart.lines.map((line) =>
          line.book.isbn === book.isbn ? { ...line, quantity: line.quantity + quantity } : line,
        )
      : [...cart.lines, { book, quantity }],
  };
}

/** The cart without the line of that book; as it was when there is none. */
export function removeBook(cart: Cart, isbn: string): Cart {
  return { lines: cart.lines.filter((line) => line.book.isbn !== isbn) };
}

/** What the books cost together, before any offer. */
export function total(cart: Cart): Cents {
  return cart.lines.reduce((sum, { book, quantity }) => sum + book.price * quantity, 0);
}
