import type { Line } from '../line.ts';
import type { Cents } from '../money.ts';

/** Something the shop does for customers who buy more. */
export interface Offer {
  /** As it stands on the receipt. */
  readonly name: string;
  /** What it takes off these lines, in cents; 0 when it does not apply. */
  readonly discount: (lines: readonly Line[]) => Cents;
}
