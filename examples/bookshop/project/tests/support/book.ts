import type { Book } from '../../shop/book.ts';

/** A book for a test, which only says what it is about. */
export function aBook(about: Partial<Book> = {}): Book {
  return {
    isbn: '978-1-4028-6517-6',
    title: 'Small Numbers',
    author: 'Grace Okafor',
    price: 1200,
    inStock: true,
    ...about,
  };
}
