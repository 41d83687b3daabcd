import type { Cents } from './money.ts';

/** A book as a customer sees it. */
export interface Book {
  readonly isbn: string;
  readonly title: string;
  readonly author: string;
  readonly price: Cents;
  readonly inStock: boolean;
}
