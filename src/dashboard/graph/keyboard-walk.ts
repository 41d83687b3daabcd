/** Where an arrow key leads in the graph. Pure. */
import type { Layout } from './graph-layout.js';

export type Direction = 'up' | 'down' | 'left' | 'right' | 'first' | 'last';

/** The direction of a key; null for one that leads nowhere. */
export function directionOf(key: string): Direction | null {
  switch (key) {
    case 'ArrowUp':
      return 'up';
    case 'ArrowDown':
      return 'down';
    case 'ArrowLeft':
      return 'left';
    case 'ArrowRight':
      return 'right';
    case 'Home':
      return 'first';
    case 'End':
      return 'last';
    default:
      return null;
  }
}

/**
 * The task one step away: up and down in its column; left and right along an edge, to the nearest of those that it
 * needs or that need it, or to the next column where there is none. Itself at the border.
 */
export function stepFrom({ places, columns, edges }: Layout, id: string, direction: Direction): string {
  const from = places.get(id);
  if (from === undefined) return id;
  const inColumn = (column: number, row: number): string => columns[column]?.at(row)?.id ?? id;
  switch (direction) {
    case 'up':
      return from.row === 0 ? id : inColumn(from.column, from.row - 1);
    case 'down':
      return inColumn(from.column, from.row + 1);
    case 'first':
      return inColumn(0, 0);
    case 'last':
      return inColumn(columns.length - 1, -1);
    case 'left':
    case 'right': {
      const beside = edges.flatMap((edge) =>
        direction === 'left' ? (edge.to === id ? [edge.from] : []) : edge.from === id ? [edge.to] : [],
      );
      const found =
        beside.length > 0 ? beside : besideIn(columns, from.column + (direction === 'left' ? -1 : 1));
      const distance = (other: string): number => Math.abs((places.get(other)?.y ?? 0) - from.y);
      return found.toSorted((a, b) => distance(a) - distance(b))[0] ?? id;
    }
  }
}

function besideIn(columns: Layout['columns'], column: number): readonly string[] {
  return (columns[column] ?? []).map(({ id }) => id);
}
