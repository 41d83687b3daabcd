/** Where each task of a plan stands in the picture, and how the edges run. Pure. */
import { edgesOf, layersOf, type Edge, type Node } from './layers.js';
import { inOrderOfNeighbours } from './reduce-crossings.js';
import { nearest } from './nearest.js';

/** In pixels at full size. */
export const NODE = { width: 188, height: 46 } as const;
const GAP = { x: 52, y: 14, margin: 16 } as const;
/** Between two columns of one layer: no edge runs there, or only through it. */
const INNER_GAP = 16;
/** What an edge takes that passes a layer. */
const LANE = 18;
/** A layer of up to so many tasks stands in one column, as much as a screen shows. */
const ROWS = 14;

export interface Place {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  /** Which column it stands in, and which row of that, for the arrow keys. */
  readonly column: number;
  readonly row: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: ReadonlyMap<string, Place>;
  /** The same, column by column, from the top. */
  readonly columns: readonly (readonly Place[])[];
  readonly edges: readonly DrawnEdge[];
}

export interface DrawnEdge extends Edge {
  /** The points that it passes, from right of its task to left of the one that needs it. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** The picture of a plan: layers from left to right; a large layer is a block of several columns. */
export function layoutOf(nodes: readonly Node[]): Layout {
  const edges = edgesOf(nodes);
  const layers = groupByLayer(nodes);
  // A box is more than three times as wide as it is high: so many rows make a picture as wide as a screen's half.
  const rows = Math.max(ROWS, Math.ceil(Math.sqrt(nodes.length * 2.4)));
  const isBlocks = layers.some((layer) => layer.length > rows);
  return isBlocks ? inBlocks(inOrderOfNeighbours(layers, edges), edges, rows) : inLanes(layers, edges);
}

function groupByLayer(nodes: readonly Node[]): string[][] {
  const layers: string[][] = [];
  for (const [id, layer] of layersOf(nodes)) (layers[layer] ??= []).push(id);
  return layers;
}

/** Few tasks: one column a layer, each task near its neighbours, and a lane for each edge that passes a layer. */
function inLanes(layers: readonly (readonly string[])[], edges: readonly Edge[]): Layout {
  const tied = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const alone = (layers[0] ?? []).filter((id) => !tied.has(id));
  const [first = [], ...others] = layers;
  const { laned, parts, passes } = withLanes([first.filter((id) => tied.has(id)), ...others], edges);
  const ordered = inOrderOfNeighbours(laned, parts);
  const ys = verticals(ordered, parts, (id) => (passes.has(id) ? LANE : NODE.height + GAP.y));
  const columns = ordered.map((layer, column) =>
    layer
      .filter((id) => !passes.has(id))
      .map((id, row) => ({ id, column, row, x: columnX(column), y: (ys.get(id) ?? 0) - NODE.height / 2 })),
  );
  columns[0] = withAlone(columns[0] ?? [], alone);
  const lanes = new Map<string, { x: number; y: number }[]>();
  for (const [column, layer] of ordered.entries()) {
    for (const id of layer) {
      const edge = passes.get(id);
      if (edge === undefined) continue;
      const y = ys.get(id) ?? 0;
      const x = columnX(column);
      lanes.set(edge, [...(lanes.get(edge) ?? []), { x, y }, { x: x + NODE.width, y }]);
    }
  }
  return finished(columns, edges, (edge) => lanes.get(nameOf(edge)) ?? []);
}

/** What has to do with no other task stands below the first column. */
function withAlone(column: readonly Place[], alone: readonly string[]): Place[] {
  const last = column.at(-1);
  const below = last === undefined ? GAP.margin : last.y + NODE.height + GAP.y;
  const places = alone.map((id, index) => ({
    id,
    column: 0,
    row: column.length + index,
    x: columnX(0),
    y: below + index * (NODE.height + GAP.y),
  }));
  return [...column, ...places];
}

const columnX = (column: number): number => GAP.margin + column * (NODE.width + GAP.x);
const nameOf = ({ from, to }: Edge): string => `${from}\n${to}`;

/** The layers with a place for each edge where it passes one, and the edges in parts from place to place. */
function withLanes(
  layers: readonly (readonly string[])[],
  edges: readonly Edge[],
): { laned: string[][]; parts: Edge[]; passes: Map<string, string> } {
  const laned = layers.map((layer) => [...layer]);
  const layerOf = new Map(layers.flatMap((layer, index) => layer.map((id) => [id, index])));
  const parts: Edge[] = [];
  const passes = new Map<string, string>();
  for (const edge of edges) {
    let from = edge.from;
    const last = layerOf.get(edge.to) ?? 0;
    for (let layer = (layerOf.get(edge.from) ?? 0) + 1; layer < last; layer += 1) {
      const lane = `${layer}\n${nameOf(edge)}`;
      laned[layer]?.push(lane);
      passes.set(lane, nameOf(edge));
      parts.push({ from, to: lane });
      from = lane;
    }
    parts.push({ from, to: edge.to });
  }
  return { laned, parts, passes };
}

/** More rounds than this move nothing by a pixel. */
const ROUNDS = 8;

/** The middle of each on the vertical axis: near the mean of its neighbours, in order, without overlap. */
function verticals(
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
  const beside = new Map<string, string[]>();
  for (const { from, to } of edges) {
    beside.set(from, [...(beside.get(from) ?? []), to]);
    beside.set(to, [...(beside.get(to) ?? []), from]);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, layer] of layers.entries()) {
      const wanted = layer.map((id) => mean((beside.get(id) ?? [id]).map((other) => ys.get(other) ?? 0)));
      for (const [place, y] of nearest(wanted, heights[index] ?? []).entries()) ys.set(layer[place] ?? '', y);
    }
  }
  const top = Math.min(...[...ys].map(([id, y]) => y - heightOf(id) / 2));
  return new Map([...ys].map(([id, y]) => [id, y - top + GAP.margin]));
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** Many tasks: each layer a block of columns, filled from the top in order. */
function inBlocks(layers: readonly (readonly string[])[], edges: readonly Edge[], rows: number): Layout {
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
  return finished(columns, edges, () => []);
}

function finished(
  columns: readonly (readonly Place[])[],
  edges: readonly Edge[],
  passing: (edge: Edge) => DrawnEdge['points'],
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
      return [{ ...edge, points: [start, ...passing(edge), { x: to.x, y: to.y + NODE.height / 2 }] }];
    }),
  };
}
