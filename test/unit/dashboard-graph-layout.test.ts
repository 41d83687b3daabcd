import assert from 'node:assert/strict';
import fc from 'fast-check';
import { reduceEdges, assignLayers, type Node } from '../../src/dashboard/graph/assign-layers.js';
import { layoutGraph, NODE } from '../../src/dashboard/graph/graph-layout.js';
import { placeWithoutOverlap } from '../../src/dashboard/graph/place-without-overlap.js';
import { nextNode } from '../../src/dashboard/graph/keyboard-navigation.js';

const node = (id: string, ...dependsOn: string[]): Node => ({ id, dependsOn });

/** Any plan: each task may depend on earlier ones. */
const plans = fc
  .array(fc.array(fc.nat({ max: 60 }), { maxLength: 4 }), { minLength: 1, maxLength: 60 })
  .map((lists) =>
    lists.map((list, index) =>
      node(`t${index}`, ...new Set(list.filter((below) => below < index).map((below) => `t${below}`))),
    ),
  );

describe('the graph’s layout', () => {
  it('puts each task one layer after the last that it depends on', () => {
    const layers = assignLayers([node('c', 'a', 'b'), node('a'), node('b', 'a'), node('d', 'a', 'gone')]);
    assert.deepEqual(Object.fromEntries(layers), { a: 0, b: 1, c: 2, d: 1 });
  });

  it('draws no edge that a longer path implies', () => {
    assert.deepEqual(reduceEdges([node('a'), node('b', 'a'), node('c', 'a', 'b'), node('d', 'c', 'a')]), [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'd' },
    ]);
  });

  it('keeps every path, from left to right, without overlap', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { places, edges, width, height } = layoutGraph(plan);
        assert.equal(places.size, plan.length);
        for (const { dependsOn, id } of plan) {
          for (const below of dependsOn) {
            assert.ok(
              (places.get(below)?.x ?? 0) + NODE.width < (places.get(id)?.x ?? 0),
              `${below} → ${id}`,
            );
          }
        }
        const all = [...places.values()];
        for (const [index, a] of all.entries()) {
          assert.ok(a.x >= 0 && a.y >= 0 && a.x + NODE.width <= width && a.y + NODE.height <= height);
          for (const b of all.slice(index + 1)) {
            assert.ok(Math.abs(a.x - b.x) >= NODE.width || Math.abs(a.y - b.y) >= NODE.height - 0.01);
          }
        }
        for (const { dependsOn, id } of plan) {
          for (const below of dependsOn)
            assert.ok(isReached(edges, below, id), `${below} is still before ${id}`);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is about as wide as it is high for a thousand tasks', () => {
    const plan = Array.from({ length: 1_000 }, (_, index) =>
      index < 250 ? node(`t${index}`) : node(`t${index}`, `t${index - 250}`, `t${(index * 7) % 250}`),
    );
    const { width, height, places } = layoutGraph(plan);
    assert.equal(places.size, 1_000);
    assert.ok(width / height > 0.5 && width / height < 4, `${width} × ${height}`);
  });

  it('separates boxes that would overlap, and moves no others', () => {
    assert.deepEqual(placeWithoutOverlap([0, 100], [10, 10]), [0, 100]);
    assert.deepEqual(placeWithoutOverlap([50, 50], [10, 10]), [45, 55]);
    assert.deepEqual(placeWithoutOverlap([0, 5, 100], [10, 10, 10]), [-2.5, 7.5, 100]);
  });

  it('can be navigated with the arrow keys, along dependencies and down a column', () => {
    const layout = layoutGraph([node('a'), node('b'), node('c', 'a'), node('d', 'c')]);
    assert.equal(nextNode(layout, 'a', 'right'), 'c');
    assert.equal(nextNode(layout, 'd', 'left'), 'c');
    assert.equal(nextNode(layout, 'd', 'right'), 'd');
    assert.equal(nextNode(layout, 'd', 'last'), 'd');
    const [top, bottom] = layout.columns[0]?.map(({ id }) => id) ?? [];
    assert.equal(nextNode(layout, top ?? '', 'down'), bottom);
    assert.equal(nextNode(layout, bottom ?? '', 'up'), top);
    assert.equal(nextNode(layout, bottom ?? '', 'down'), bottom);
    assert.equal(nextNode(layout, 'd', 'first'), top);
  });
});

function isReached(edges: readonly { from: string; to: string }[], from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const at of seen) for (const edge of edges) if (edge.from === at) seen.add(edge.to);
  return seen.has(to);
}
