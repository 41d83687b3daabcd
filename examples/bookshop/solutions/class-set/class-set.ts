import type { Offer } from './offer.ts';

/** How many copies of one book make a class set. */
const COPIES = 10;
const PER_CENT = 15;

/** Fifteen per cent off each book of which there are ten copies or more, in whole cents for each line. */
export const classSet: Offer = {
  name: 'Class set',
  discount: (lines) =>
    lines
      .filter(({ quantity }) => quantity >= COPIES)
      .map(({ book, quantity }) => Math.floor((book.price * quantity * PER_CENT) / 100))
      .reduce((sum, discount) => sum + discount, 0),
};
