/** Moves between the tasks of the graph with arrow keys. Pure. */
import type { Layout } from './graph-layout.js';

export type Direction = 'up' | 'down' | 'left' | 'right' | 'first' | 'last';

/** The direction of a key; null for a key that does not move. */
export function keyDirection(key: string): Direction | null {
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
 * The id of the next task in that direction. Up and down stay in the column. Left and right follow an edge to the
 * nearest dependency or dependent, or go to the neighbouring column when there is none. At the border: the same id.
 */
export function nextNode({ places, columns, edges }: Layout, id: string, direction: Direction): string {
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
      const linked = edges.flatMap((edge) =>
        direction === 'left' ? (edge.to === id ? [edge.from] : []) : edge.from === id ? [edge.to] : [],
      );
      const candidates =
        linked.length > 0 ? linked : idsIn(columns, from.column + (direction === 'left' ? -1 : 1));
      const distance = (other: string): number => Math.abs((places.get(other)?.y ?? 0) - from.y);
      return candidates.toSorted((a, b) => distance(a) - distance(b))[0] ?? id;
    }
  }
}

function idsIn(columns: Layout['columns'], column: number): readonly string[] {
  return (columns[column] ?? []).map(({ id }) => id);
}
