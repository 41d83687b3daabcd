import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { IndexedGraph } from '../../src/workflows/indexed-graph.js';
import {
  dependantsOf,
  entriesWith,
  tasksInSlots,
  startableTasks,
  statusOf,
  candidatesToLand,
  tasksToStart,
} from '../../src/workflows/task-graph.js';
import type { Entry, TaskState } from '../../src/workflows/task-entry.js';
import { entry, NO_PROGRESS, graphOf, type EntryParts } from '../support/graph.js';
import {
  all,
  simplyDependants,
  simplyStatusOf,
  simplyToLand,
  simplyToStart,
  unlocked,
} from '../support/simple-graph.js';

const STANDINGS = [
  'pending',
  'running',
  'ready',
  'blocked',
  'waiting_on_run',
  'completed',
  'failed',
  'skipped',
  'cancelled',
] as const satisfies readonly TaskState[];
/** Weighted towards common statuses, so that whole groups of tasks share one. */
const state = fc.oneof(
  { weight: 4, arbitrary: fc.constant<TaskState>('pending') },
  { weight: 3, arbitrary: fc.constant<TaskState>('completed') },
  { weight: 4, arbitrary: fc.constantFrom(...STANDINGS) },
);
const MOST = 9;
const position = fc.nat({ max: MOST });
const HOUR = 3_600_000;

/** A task read for the first time or again. It may depend on a task that is unknown, or not yet known. */
const reading = fc.record({
  at: position,
  needs: fc.array(fc.nat({ max: MOST + 1 }), { maxLength: 3 }),
  priority: fc.nat({ max: 2 }),
  canParallelize: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
  state,
  turns: fc.nat({ max: 1 }),
  kind: fc.constantFrom('first', 'handed_in'),
  requeues: fc.nat({ max: 3 }),
  waitingSince: fc.option(fc.nat({ max: HOUR })),
});

/** The lead's changes of the graph: reads tasks, in any order and repeatedly, and moves them. */
const changes = fc.array(
  fc.oneof(
    reading.map((drawn) => ({ kind: 'read', drawn }) as const),
    fc.record({ kind: fc.constant('move' as const), at: position, to: state }),
  ),
  { minLength: 5, maxLength: 40 },
);

function read({
  at,
  needs,
  turns,
  kind,
  requeues,
  waitingSince,
  ...parts
}: typeof reading extends fc.Arbitrary<infer T> ? T : never): Entry {
  const more: EntryParts = waitingSince === null ? {} : { waitingSince };
  return entry(`t${at}`, {
    ...parts,
    ...more,
    // Duplicates are kept: a plan may name a dependency twice.
    dependsOn: needs.filter((need) => need !== at).map((need) => `t${need}`),
    progress: { ...NO_PROGRESS, turns, kind, requeues },
  });
}

const ids = (entries: Iterable<Entry>) => [...entries].map(({ node }) => node.id);

function assertAgrees(graph: IndexedGraph): void {
  assert.equal(statusOf(graph), simplyStatusOf(graph));
  const free = all(graph).filter((each) => each.state === 'pending' && unlocked(graph, each));
  assert.deepEqual(ids(graph.startable).sort(), ids(free).sort());
  assert.deepEqual(ids(startableTasks(graph, HOUR, free.length)).sort(), ids(free).sort());
  for (const slots of [1, 2, 5]) {
    assert.deepEqual(ids(tasksToStart(graph, slots, HOUR)), ids(simplyToStart(graph, slots, HOUR)));
  }
  const ready = ids(graph.state('ready')).reverse();
  assert.deepEqual(candidatesToLand(graph, ready), simplyToLand(graph, ready));
  assert.equal(tasksInSlots(graph).length, graph.count('running', 'ready'));
  for (const each of STANDINGS) {
    const there = all(graph).filter((one) => one.state === each);
    assert.deepEqual(ids(entriesWith(graph, each)), ids(there));
    assert.equal(graph.count(each), there.length);
  }
  for (const { node } of all(graph)) {
    const lost = simplyDependants(graph, node.id);
    // In a cycle, which no valid plan has, a task is not its own dependant.
    lost.delete(node.id);
    assert.deepEqual(new Set(ids(dependantsOf(graph, node.id))), lost);
  }
}

describe('the indexed graph', () => {
  it('agrees with a walk over the whole plan after any changes', () => {
    fc.assert(
      fc.property(changes, (drawn) => {
        const graph = graphOf();
        for (const change of drawn) {
          const known = change.kind === 'move' ? all(graph)[change.at] : undefined;
          if (change.kind === 'read') graph.put(read(change.drawn));
          else if (known !== undefined) graph.move(known, change.to);
          assertAgrees(graph);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('reports each newly startable task once, unless it is no longer startable', () => {
    const [a, b, c] = [entry('a'), entry('b', { dependsOn: ['a'] }), entry('c')];
    const graph = graphOf(a, b, c);
    assert.deepEqual(ids(graph.takeNewlyStartable()), ['a', 'c']);
    assert.deepEqual(ids(graph.takeNewlyStartable()), []);
    graph.move(a, 'completed');
    assert.deepEqual(ids(graph.takeNewlyStartable()), ['b']);
    graph.put(entry('d'));
    for (const each of all(graph)) graph.move(each, 'running');
    assert.deepEqual(ids(graph.takeNewlyStartable()), []);
  });

  it('treats a dependency that is missing from a page as completed', () => {
    const graph = graphOf(entry('b', { dependsOn: ['a'] }));
    assert.deepEqual(ids(tasksToStart(graph, 5, 0)), ['b']);
    // A later page contains it.
    graph.put(entry('a'));
    assert.deepEqual(ids(tasksToStart(graph, 5, 0)), ['a']);
  });
});
