import type { Book } from './book.ts';

/** One line of a cart: a book, and how many copies of it (one at least). */
export interface Line {
  readonly book: Book;
  readonly quantity: number;
}
