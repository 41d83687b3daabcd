/** A simple reference implementation of the lead's decisions, with which the indexed implementation must agree. */
import type { TaskId } from '../../src/contract/ids.js';
import type { IndexedGraph } from '../../src/workflows/indexed-graph.js';
import type { Entry } from '../../src/workflows/task-entry.js';

export const all = (graph: IndexedGraph): Entry[] => [...graph.values()];

/** Whether all dependencies of a task are completed; those not in the graph were completed earlier. */
export function unlocked(graph: IndexedGraph, entry: Entry): boolean {
  return entry.node.dependsOn.every((id) => (graph.get(id)?.state ?? 'completed') === 'completed');
}

const at = (...states: readonly string[]) =>
  function stands(entry: Entry): boolean {
    return states.includes(entry.state);
  };

const startableOf = (graph: IndexedGraph) =>
  all(graph).filter((entry) => entry.state === 'pending' && unlocked(graph, entry));

/** While the run waits for a person, only commits that a person handed in are tested. */
const goingOn = (graph: IndexedGraph) =>
  all(graph).some(at('waiting_on_run'))
    ? startableOf(graph).filter(({ progress }) => progress.kind === 'handed_in')
    : startableOf(graph);

export function simplyStatusOf(graph: IndexedGraph): string {
  if (all(graph).some(at('running', 'ready')) || goingOn(graph).length > 0) return 'running';
  if (all(graph).some(at('blocked', 'waiting_on_run'))) return 'blocked';
  return all(graph).some(at('failed', 'skipped')) ? 'failed' : 'completed';
}

const QUARTER_OF_AN_HOUR = 15 * 60_000;

export function simplyToStart(graph: IndexedGraph, concurrency: number, now: number): Entry[] {
  const running = all(graph).filter(at('running', 'ready'));
  if (running.some((entry) => !entry.node.canParallelize)) return [];
  const rank = ({ node, progress, waitingSince }: Entry) =>
    node.priority -
    (progress.turns > 0 ? 0.5 : 0) -
    Math.floor((now - (waitingSince ?? now)) / QUARTER_OF_AN_HOUR);
  const chosen: Entry[] = [];
  // The sort is stable, so tasks of equal rank keep the plan's order.
  for (const entry of goingOn(graph).sort((a, b) => rank(a) - rank(b))) {
    const busy = running.length + chosen.length;
    if (busy >= concurrency) break;
    if (!entry.node.canParallelize) return busy === 0 ? [entry] : chosen;
    chosen.push(entry);
  }
  return chosen;
}

export function simplyDependants(graph: IndexedGraph, id: TaskId): Set<TaskId> {
  const lost = new Set<TaskId>();
  for (let size = -1; size !== lost.size;) {
    size = lost.size;
    for (const { node } of all(graph)) {
      if (node.dependsOn.some((need) => need === id || lost.has(need))) lost.add(node.id);
    }
  }
  return lost;
}

export function simplyToLand(graph: IndexedGraph, ready: readonly TaskId[]): TaskId[] {
  const keeper = all(graph).find((entry) => at('running', 'ready')(entry) && entry.progress.requeues >= 2);
  if (keeper === undefined) return ready.slice(0, 100);
  return ready.includes(keeper.node.id) ? [keeper.node.id] : [];
}
