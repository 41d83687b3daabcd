/** An edge as an SVG path. Pure. */
import type { DrawnEdge } from './graph-layout.js';

/** A smooth line through the edge's points, horizontal at each of them, in pixels at that scale. */
export function edgePath({ points }: DrawnEdge, scale: number): string {
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

/** Rounds to a tenth of a pixel: finer differences are not visible. */
const round = (length: number): number => Math.round(length * 10) / 10;
