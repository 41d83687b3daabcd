import type { Offer } from './offer.ts';

/**
 * Of every three copies the cheapest is free. The dearest copies share a three, which is the division that gives
 * the most away.
 */
export const threeForTwo: Offer = {
  name: 'Three for two',
  discount: (lines) =>
    lines
      .flatMap(({ book, quantity }) => Array.from({ length: quantity }, () => book.price))
      .sort((one, other) => other - one)
      .filter((_, place) => place % 3 === 2)
      .reduce((sum, price) => sum + price, 0),
};
