import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TaskId } from '../../src/contract/ids.js';
import type { IndexedGraph } from '../../src/workflows/indexed-graph.js';
import {
  tasksInSlots,
  skipDependants,
  statusOf,
  candidatesToLand,
  tasksToStart,
} from '../../src/workflows/task-graph.js';
import type { Entry } from '../../src/workflows/task-entry.js';
import { all, unlocked } from '../support/simple-graph.js';
import { entry, graphOf } from '../support/graph.js';

/** How a task's workflow ends in a generated run. */
type Fate = 'completed' | 'failed' | 'blocked' | 'requeued';

interface Drawn {
  readonly graph: IndexedGraph;
  readonly fates: ReadonlyMap<TaskId, Fate>;
  readonly concurrency: number;
  /** Which of the running tasks ends next. */
  readonly picks: readonly number[];
}

const task = fc.record({
  priority: fc.nat({ max: 4 }),
  canParallelize: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  fate: fc.oneof(
    { weight: 5, arbitrary: fc.constant<Fate>('completed') },
    fc.constantFrom<Fate>('failed', 'blocked', 'requeued'),
  ),
  needs: fc.array(fc.nat({ max: 11 }), { maxLength: 3 }),
});

/** A run of up to twelve tasks that depend on earlier ones, listed in any order. */
const run = fc
  .record({
    tasks: fc.array(task, { minLength: 1, maxLength: 12 }),
    concurrency: fc.integer({ min: 1, max: 4 }),
    picks: fc.array(fc.nat({ max: 11 }), { minLength: 40, maxLength: 40 }),
    backwards: fc.boolean(),
  })
  .map(({ tasks, concurrency, picks, backwards }): Drawn => {
    const entries = tasks.map(({ priority, canParallelize, needs }, at) =>
      entry(`t${at}`, {
        priority,
        canParallelize,
        dependsOn: [...new Set(needs.filter((need) => need < at).map((need) => `t${need}`))],
      }),
    );
    const fates = new Map(entries.map(({ node }, at) => [node.id, tasks[at]?.fate ?? 'completed'] as const));
    return { graph: graphOf(...(backwards ? entries.toReversed() : entries)), fates, concurrency, picks };
  });

/** Plays a run to its end as the lead does, and calls `look` with every state. */
function play({ graph, fates, concurrency, picks }: Drawn, look: (graph: IndexedGraph) => void): number {
  const ready: TaskId[] = [];
  for (let step = 0; ; step++) {
    for (const chosen of tasksToStart(graph, concurrency, step)) {
      assert.ok(unlocked(graph, chosen), `${chosen.node.id} started before what it needs`);
      graph.move(chosen, 'running');
    }
    look(graph);
    for (const id of candidatesToLand(graph, ready)) land(graph, ready, id);
    const running = all(graph).filter(({ state }) => state === 'running');
    const next = running[(picks[step % picks.length] ?? 0) % Math.max(1, running.length)];
    if (next !== undefined) end(graph, ready, next, fates.get(next.node.id) ?? 'completed');
    else if (ready.length === 0 && statusOf(graph) !== 'running') return step;
    assert.ok(step < 200, 'the run does not end');
  }
}

function land(graph: IndexedGraph, ready: TaskId[], id: TaskId): void {
  const landed = graph.get(id);
  ready.splice(ready.indexOf(id), 1);
  if (landed !== undefined) graph.move(landed, 'completed');
}

function end(graph: IndexedGraph, ready: TaskId[], ended: Entry, fate: Fate): void {
  if (fate === 'failed' || fate === 'blocked') {
    graph.move(ended, fate);
    if (fate === 'failed') skipDependants(graph, ended.node.id);
  } else if (fate === 'requeued' && ended.progress.requeues < 2) {
    // Requeued: it keeps its slot.
    ended.progress = { ...ended.progress, requeues: ended.progress.requeues + 1 };
  } else {
    graph.move(ended, 'ready');
    ready.push(ended.node.id);
  }
}

/** The expected end of each task, derived from the fates alone. */
function expected({ graph, fates }: Drawn): Map<TaskId, string> {
  const ends = new Map<TaskId, string>();
  const endOf = (id: TaskId): string => {
    const known = ends.get(id);
    if (known !== undefined) return known;
    const needs = (graph.get(id)?.node.dependsOn ?? []).map(endOf);
    const fate = fates.get(id) === 'requeued' ? 'completed' : (fates.get(id) ?? 'completed');
    const lost = needs.some((each) => each === 'failed' || each === 'skipped');
    const waits = needs.some((each) => each === 'blocked' || each === 'pending');
    const result = lost ? 'skipped' : waits ? 'pending' : fate;
    ends.set(id, result);
    return result;
  };
  for (const { node } of graph.values()) endOf(node.id);
  return ends;
}

describe('any run', () => {
  it('ends with each task as its own fate and its dependencies determine', () => {
    fc.assert(
      fc.property(run, (drawn) => {
        play(drawn, () => undefined);
        const ends = new Map(all(drawn.graph).map(({ node, state }) => [node.id, state]));
        assert.deepEqual(ends, new Map([...ends.keys()].map((id) => [id, expected(drawn).get(id)])));
      }),
      { numRuns: 300 },
    );
  });

  it('never exceeds the concurrency, and runs nothing beside a task that runs alone', () => {
    fc.assert(
      fc.property(run, (drawn) => {
        play(drawn, (graph) => {
          const busy = tasksInSlots(graph);
          assert.ok(busy.length <= drawn.concurrency, `${busy.length} at once`);
          if (busy.some(({ node }) => !node.canParallelize)) assert.equal(busy.length, 1);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('never leaves a slot idle while a task could start', () => {
    fc.assert(
      fc.property(run, (drawn) => {
        play(drawn, (graph) => {
          const busy = tasksInSlots(graph);
          const waiting = all(graph).filter((each) => each.state === 'pending' && unlocked(graph, each));
          const allTogether = [...busy, ...waiting].every(({ node }) => node.canParallelize);
          if (allTogether && waiting.length > 0) assert.equal(busy.length, drawn.concurrency);
          if (waiting.length > 0) assert.notEqual(busy.length, 0);
        });
      }),
      { numRuns: 300 },
    );
  });
});
