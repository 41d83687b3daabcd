/** In which order the tasks of a layer stand, so that few edges cross. Pure. */
import type { Edge } from './layers.js';

/** More sweeps than this no longer change what a person sees. */
const SWEEPS = 6;

/** The same layers, each put in order by where its neighbours stand (the barycentre heuristic). */
export function inOrderOfNeighbours(
  layers: readonly (readonly string[])[],
  edges: readonly Edge[],
): readonly (readonly string[])[] {
  const before = neighbours(edges, ({ from, to }) => [to, from]);
  const after = neighbours(edges, ({ from, to }) => [from, to]);
  let ordered = layers;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    ordered =
      sweep % 2 === 0 ? sweepOnce(ordered, before) : sweepOnce(ordered.toReversed(), after).toReversed();
  }
  return ordered;
}

type Neighbours = ReadonlyMap<string, readonly string[]>;

function neighbours(edges: readonly Edge[], ends: (edge: Edge) => [of: string, is: string]): Neighbours {
  const found = new Map<string, string[]>();
  for (const edge of edges) {
    const [of, is] = ends(edge);
    const list = found.get(of);
    if (list === undefined) found.set(of, [is]);
    else list.push(is);
  }
  return found;
}

/** Layer by layer: each by the middle of its neighbours in those already in order; who has none keeps its place. */
function sweepOnce(layers: readonly (readonly string[])[], of: Neighbours): readonly (readonly string[])[] {
  const places = new Map<string, number>();
  return layers.map((layer) => {
    const wanted = new Map(
      layer.map((id, index) => {
        const standing = (of.get(id) ?? [])
          .map((other) => places.get(other))
          .filter((at) => at !== undefined);
        const middle = standing.reduce((sum, at) => sum + at, 0) / standing.length;
        return [id, standing.length === 0 ? index / layer.length : middle];
      }),
    );
    const ordered = layer.toSorted((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
    // As a share of the layer: layers differ in length.
    for (const [index, id] of ordered.entries()) places.set(id, (index + 0.5) / ordered.length);
    return ordered;
  });
}
