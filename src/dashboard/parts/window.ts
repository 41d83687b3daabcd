/** Which rows of a long list are to be there, so that a thousand cost no more than a screenful. Pure. */

/** Rows kept ready above and below, for a wheel's turn. */
const SPARE = 8;

export interface Window {
  readonly first: number;
  /** The one after the last. */
  readonly end: number;
  /** Pixels that stand for the rows that are not there. */
  readonly above: number;
  readonly below: number;
}

/** The rows of `count`, each `rowHeight` high, that a view of `height` shows when scrolled down by `top`. */
export function windowOf(count: number, rowHeight: number, top: number, height: number): Window {
  const seen = Math.ceil(height / rowHeight);
  const first = Math.max(0, Math.min(count - seen, Math.floor(top / rowHeight)) - SPARE);
  const end = Math.min(count, Math.floor(Math.max(0, top) / rowHeight) + seen + SPARE);
  return { first, end, above: first * rowHeight, below: (count - end) * rowHeight };
}
