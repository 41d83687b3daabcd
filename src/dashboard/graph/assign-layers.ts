/** The layers of a plan: each task is one layer after the last task that it depends on. Pure. */

export interface Node {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/** From a task to a task that depends on it. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/** The layer of each task, starting at 0. A plan has no cycle; unknown dependencies are ignored. */
export function assignLayers(nodes: readonly Node[]): ReadonlyMap<string, number> {
  const layers = new Map<string, number>();
  for (const node of topologicalOrder(nodes)) {
    const below = node.dependsOn.map((id) => layers.get(id) ?? -1);
    layers.set(node.id, Math.max(-1, ...below) + 1);
  }
  return layers;
}

/** The edges to draw: the transitive reduction, without edges that a longer path implies. */
export function reduceEdges(nodes: readonly Node[]): readonly Edge[] {
  const ordered = topologicalOrder(nodes);
  const index = new Map(ordered.map(({ id }, place) => [id, place]));
  // Bit sets, since a thousand tasks have a million pairs.
  const words = Math.ceil(ordered.length / 32);
  const reached = ordered.map(() => new Uint32Array(words));
  const edges: Edge[] = [];
  for (const [place, { id, dependsOn }] of ordered.entries()) {
    const own = reached[place];
    if (own === undefined) continue;
    const known = new Set(dependsOn.map((dependency) => index.get(dependency)));
    const places = [...known].filter((found) => found !== undefined);
    // The latest dependency first: the tasks that it implies are then known before the earlier ones are looked at.
    for (const below of places.sort((a, b) => b - a)) {
      if (hasBit(own, below)) continue;
      own[below >> 5] = (own[below >> 5] ?? 0) | (1 << (below & 31));
      for (const [word, bits] of (reached[below] ?? own).entries()) own[word] = (own[word] ?? 0) | bits;
      edges.push({ from: ordered[below]?.id ?? '', to: id });
    }
  }
  return edges;
}

function hasBit(bits: Uint32Array, place: number): boolean {
  return (((bits[place >> 5] ?? 0) >>> (place & 31)) & 1) === 1;
}

/** Topological order: each task after all tasks that it depends on, otherwise in the given order. */
function topologicalOrder(nodes: readonly Node[]): readonly Node[] {
  const waiting = new Map(nodes.map((node) => [node.id, new Set<string>()]));
  const needed = new Map<string, Node[]>();
  for (const node of nodes) {
    for (const id of node.dependsOn) {
      if (!waiting.has(id)) continue;
      waiting.get(node.id)?.add(id);
      needed.set(id, [...(needed.get(id) ?? []), node]);
    }
  }
  const ordered = nodes.filter(({ id }) => waiting.get(id)?.size === 0);
  for (const { id } of ordered) {
    for (const node of needed.get(id) ?? []) {
      const left = waiting.get(node.id);
      if (left?.delete(id) === true && left.size === 0) ordered.push(node);
    }
  }
  return ordered;
}
