/** Orders the tasks of each layer so that few edges cross. Pure. */
import type { Edge } from './assign-layers.js';

/** More sweeps make no visible difference. */
const SWEEPS = 6;

/** Sorts each layer by the positions of its neighbours (the barycentre heuristic), sweeping up and down in turn. */
export function reduceCrossings(
  layers: readonly (readonly string[])[],
  edges: readonly Edge[],
): readonly (readonly string[])[] {
  const before = collectNeighbours(edges, ({ from, to }) => [to, from]);
  const after = collectNeighbours(edges, ({ from, to }) => [from, to]);
  let ordered = layers;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    ordered =
      sweep % 2 === 0 ? sweepOnce(ordered, before) : sweepOnce(ordered.toReversed(), after).toReversed();
  }
  return ordered;
}

type Neighbours = ReadonlyMap<string, readonly string[]>;

function collectNeighbours(
  edges: readonly Edge[],
  ends: (edge: Edge) => [node: string, neighbour: string],
): Neighbours {
  const found = new Map<string, string[]>();
  for (const edge of edges) {
    const [node, neighbour] = ends(edge);
    const list = found.get(node);
    if (list === undefined) found.set(node, [neighbour]);
    else list.push(neighbour);
  }
  return found;
}

/** One sweep: sorts each task by the mean position of its neighbours in the layers before; one without stays. */
function sweepOnce(layers: readonly (readonly string[])[], of: Neighbours): readonly (readonly string[])[] {
  const places = new Map<string, number>();
  return layers.map((layer) => {
    const wanted = new Map(
      layer.map((id, index) => {
        const positions = (of.get(id) ?? [])
          .map((other) => places.get(other))
          .filter((at) => at !== undefined);
        const middle = positions.reduce((sum, at) => sum + at, 0) / positions.length;
        return [id, positions.length === 0 ? index / layer.length : middle];
      }),
    );
    const ordered = layer.toSorted((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
    // Positions are shares of the layer, since layers differ in length.
    for (const [index, id] of ordered.entries()) places.set(id, (index + 0.5) / ordered.length);
    return ordered;
  });
}
