import type { Offer } from './offer.ts';

/** Every offer that the shop makes. */
export const offers: readonly Offer[] = [
  // One line for each.
];
