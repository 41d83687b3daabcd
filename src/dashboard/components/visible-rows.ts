/** Which rows of a long list are rendered, so that a thousand rows cost no more than a screenful. Pure. */

/** Rows rendered above and below the view, so that scrolling with the wheel shows no gap. */
const OVERSCAN = 8;

export interface VisibleRows {
  readonly first: number;
  /** Index after the last row. */
  readonly end: number;
  /** Heights in pixels that stand for the rows that are not rendered. */
  readonly above: number;
  readonly below: number;
}

/**
 * Computes which rows to render.
 *
 * @param count number of rows
 * @param rowHeight height of each row in pixels
 * @param top how far the list is scrolled down, in pixels
 * @param height height of the view in pixels
 */
export function visibleRows(count: number, rowHeight: number, top: number, height: number): VisibleRows {
  const inView = Math.ceil(height / rowHeight);
  const first = Math.max(0, Math.min(count - inView, Math.floor(top / rowHeight)) - OVERSCAN);
  const end = Math.min(count, Math.floor(Math.max(0, top) / rowHeight) + inView + OVERSCAN);
  return { first, end, above: first * rowHeight, below: (count - end) * rowHeight };
}
