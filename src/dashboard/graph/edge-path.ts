/** An edge as the path of a smooth line, for SVG. Pure. */
import type { DrawnEdge } from './graph-layout.js';

/** The line through the edge's points, horizontal at each, in pixels at that scale. */
export function pathOf({ points }: DrawnEdge, scale: number): string {
  const [first, ...rest] = points.map(({ x, y }) => ({ x: round(x * scale), y: round(y * scale) }));
  if (first === undefined) return '';
  let path = `M${first.x} ${first.y}`;
  let from = first;
  for (const to of rest) {
    const middle = round((from.x + to.x) / 2);
    path += from.y === to.y ? `H${to.x}` : `C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
    from = to;
  }
  return path;
}

/** A tenth of a pixel is as fine as anyone sees. */
const round = (length: number): number => Math.round(length * 10) / 10;
