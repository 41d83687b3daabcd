/** The positions of a plan's tasks and the routes of its edges (layered graph drawing). Pure. */
import { reduceEdges, assignLayers, type Edge, type Node } from './assign-layers.js';
import { reduceCrossings } from './reduce-crossings.js';
import { placeWithoutOverlap } from './place-without-overlap.js';

/** In pixels at scale 1: two lines of title and one of details. */
export const NODE = { width: 188, height: 60 } as const;
const GAP = { x: 52, y: 14, margin: 16 } as const;
/** Between two columns of one layer, where no edge ends. */
const INNER_GAP = 16;
/** The height that an edge needs where it passes a layer. */
const DUMMY_HEIGHT = 18;
/** A layer of up to this many tasks is one column: a screen shows that many. */
const MIN_ROWS = 14;

export interface Place {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  /** Its column, and its row in that column, for the arrow keys. */
  readonly column: number;
  readonly row: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: ReadonlyMap<string, Place>;
  /** The same places by column, each from top to bottom. */
  readonly columns: readonly (readonly Place[])[];
  readonly edges: readonly DrawnEdge[];
}

export interface DrawnEdge extends Edge {
  /** The points that it passes, from the right of its task to the left of the task that depends on it. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** Lays out a plan with layers from left to right; a large layer becomes a block of several columns. */
export function layoutGraph(nodes: readonly Node[]): Layout {
  const edges = reduceEdges(nodes);
  const layers = groupByLayer(nodes);
  // A box is more than three times as wide as it is high: this many rows make a picture about as wide as half a screen.
  const rows = Math.max(MIN_ROWS, Math.ceil(Math.sqrt(nodes.length * 2.4)));
  const isBlocks = layers.some((layer) => layer.length > rows);
  return isBlocks ? layoutBlocks(reduceCrossings(layers, edges), edges, rows) : layoutLayers(layers, edges);
}

function groupByLayer(nodes: readonly Node[]): string[][] {
  const layers: string[][] = [];
  for (const [id, layer] of assignLayers(nodes)) (layers[layer] ??= []).push(id);
  return layers;
}

/**
 * For few tasks: one column for each layer, each task near its neighbours, and a dummy node for each edge wherever it
 * passes a layer.
 */
function layoutLayers(layers: readonly (readonly string[])[], edges: readonly Edge[]): Layout {
  const connected = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const isolated = (layers[0] ?? []).filter((id) => !connected.has(id));
  const [first = [], ...others] = layers;
  const { layersWithDummies, parts, dummies } = insertDummies(
    [first.filter((id) => connected.has(id)), ...others],
    edges,
  );
  const ordered = reduceCrossings(layersWithDummies, parts);
  const ys = placeVertically(ordered, parts, (id) => (dummies.has(id) ? DUMMY_HEIGHT : NODE.height + GAP.y));
  const columns = ordered.map((layer, column) =>
    layer
      .filter((id) => !dummies.has(id))
      .map((id, row) => ({ id, column, row, x: columnX(column), y: (ys.get(id) ?? 0) - NODE.height / 2 })),
  );
  columns[0] = appendIsolated(columns[0] ?? [], isolated);
  const bends = new Map<string, { x: number; y: number }[]>();
  for (const [column, layer] of ordered.entries()) {
    for (const id of layer) {
      const edge = dummies.get(id);
      if (edge === undefined) continue;
      const y = ys.get(id) ?? 0;
      const x = columnX(column);
      bends.set(edge, [...(bends.get(edge) ?? []), { x, y }, { x: x + NODE.width, y }]);
    }
  }
  return buildLayout(columns, edges, (edge) => bends.get(edgeKey(edge)) ?? []);
}

/** Adds the tasks without any edge below the first column. */
function appendIsolated(column: readonly Place[], isolated: readonly string[]): Place[] {
  const last = column.at(-1);
  const below = last === undefined ? GAP.margin : last.y + NODE.height + GAP.y;
  const places = isolated.map((id, index) => ({
    id,
    column: 0,
    row: column.length + index,
    x: columnX(0),
    y: below + index * (NODE.height + GAP.y),
  }));
  return [...column, ...places];
}

const columnX = (column: number): number => GAP.margin + column * (NODE.width + GAP.x);
const edgeKey = ({ from, to }: Edge): string => `${from}\n${to}`;

/** Adds a dummy node for each edge to every layer that it passes, and splits the edges at their dummies. */
function insertDummies(
  layers: readonly (readonly string[])[],
  edges: readonly Edge[],
): { layersWithDummies: string[][]; parts: Edge[]; dummies: Map<string, string> } {
  const layersWithDummies = layers.map((layer) => [...layer]);
  const layerOf = new Map(layers.flatMap((layer, index) => layer.map((id) => [id, index])));
  const parts: Edge[] = [];
  /** The key of the edge of each dummy. */
  const dummies = new Map<string, string>();
  for (const edge of edges) {
    let from = edge.from;
    const last = layerOf.get(edge.to) ?? 0;
    for (let layer = (layerOf.get(edge.from) ?? 0) + 1; layer < last; layer += 1) {
      const dummy = `${layer}\n${edgeKey(edge)}`;
      layersWithDummies[layer]?.push(dummy);
      dummies.set(dummy, edgeKey(edge));
      parts.push({ from, to: dummy });
      from = dummy;
    }
    parts.push({ from, to: edge.to });
  }
  return { layersWithDummies, parts, dummies };
}

/** More rounds move nothing by a pixel. */
const ROUNDS = 8;

/** The vertical middle of each node: near the mean of its neighbours, in order, without overlap. */
function placeVertically(
  layers: readonly (readonly string[])[],
  edges: readonly Edge[],
  heightOf: (id: string) => number,
): ReadonlyMap<string, number> {
  const ys = new Map<string, number>();
  const heights = layers.map((layer) => layer.map(heightOf));
  for (const [index, layer] of layers.entries()) {
    let y = -(heights[index] ?? []).reduce((sum, height) => sum + height, 0) / 2;
    for (const id of layer) {
      ys.set(id, y + heightOf(id) / 2);
      y += heightOf(id);
    }
  }
  const neighbours = new Map<string, string[]>();
  for (const { from, to } of edges) {
    neighbours.set(from, [...(neighbours.get(from) ?? []), to]);
    neighbours.set(to, [...(neighbours.get(to) ?? []), from]);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, layer] of layers.entries()) {
      const wanted = layer.map((id) => mean((neighbours.get(id) ?? [id]).map((other) => ys.get(other) ?? 0)));
      for (const [place, y] of placeWithoutOverlap(wanted, heights[index] ?? []).entries())
        ys.set(layer[place] ?? '', y);
    }
  }
  const top = Math.min(...[...ys].map(([id, y]) => y - heightOf(id) / 2));
  return new Map([...ys].map(([id, y]) => [id, y - top + GAP.margin]));
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** For many tasks: each layer is a block of columns, filled from the top in order. */
function layoutBlocks(layers: readonly (readonly string[])[], edges: readonly Edge[], rows: number): Layout {
  const columns: Place[][] = [];
  let x: number = GAP.margin;
  for (const layer of layers) {
    const inner = Math.ceil(layer.length / rows);
    const perColumn = Math.ceil(layer.length / inner);
    for (let start = 0; start < layer.length; start += perColumn) {
      const column = columns.length;
      const left = x;
      columns.push(
        layer.slice(start, start + perColumn).map((id, row) => ({
          id,
          column,
          row,
          x: left,
          y: GAP.margin + row * (NODE.height + GAP.y),
        })),
      );
      x += NODE.width + INNER_GAP;
    }
    x += GAP.x - INNER_GAP;
  }
  return buildLayout(columns, edges, () => []);
}

function buildLayout(
  columns: readonly (readonly Place[])[],
  edges: readonly Edge[],
  bendsOf: (edge: Edge) => DrawnEdge['points'],
): Layout {
  const places = new Map(columns.flat().map((place) => [place.id, place]));
  const end = (of: number, size: number): number => of + size + GAP.margin;
  return {
    places,
    columns,
    width: Math.max(0, ...[...places.values()].map(({ x }) => end(x, NODE.width))),
    height: Math.max(0, ...[...places.values()].map(({ y }) => end(y, NODE.height))),
    edges: edges.flatMap((edge) => {
      const from = places.get(edge.from);
      const to = places.get(edge.to);
      if (from === undefined || to === undefined) return [];
      const start = { x: from.x + NODE.width, y: from.y + NODE.height / 2 };
      return [{ ...edge, points: [start, ...bendsOf(edge), { x: to.x, y: to.y + NODE.height / 2 }] }];
    }),
  };
}
