/**
 * The lead agent's decisions, as pure functions of the graph: which tasks may start, in which order, and
 * whether the run has ended or waits. Uses no workflow API.
 */
import type { TaskId } from '../contract/ids.js';
import type { RunStatus } from '../contract/run-status.js';
import type { IndexedGraph } from './indexed-graph.js';
import { isHandedIn, type Entry, type TaskState } from './task-entry.js';

/**
 * A task that waits for a slot gains one priority level per interval. There are five levels, so the least urgent task
 * is ahead of every new one after an hour and none starves.
 */
const AGING_MS = 15 * 60_000;

/** A task holds its slot from its start until it has landed, so that `concurrency: 1` means one after another. */
export function tasksInSlots(graph: IndexedGraph): Entry[] {
  return [...graph.state('running'), ...graph.state('ready')];
}

/**
 * The most urgent of the startable tasks, at most one per slot; ties in the plan's order. Thousands may wait for a few slots,
 * and sorting them all in every iteration would cost more than everything else the lead does.
 */
export function startableTasks(
  graph: IndexedGraph,
  now: number,
  slots: number,
  from: Iterable<Entry> = graph.startable,
): Entry[] {
  if (slots <= 0) return [];
  const first: { readonly entry: Entry; readonly rank: number; readonly position: number }[] = [];
  for (const entry of from) {
    const candidate = { entry, rank: urgency(entry, now), position: graph.positionOf(entry) };
    const after = (other: typeof candidate) =>
      other.rank - candidate.rank || other.position - candidate.position;
    const last = first.at(-1);
    if (first.length >= slots && (last === undefined || after(last) < 0)) continue;
    const behind = first.findIndex((other) => after(other) > 0);
    first.splice(behind < 0 ? first.length : behind, 0, candidate);
    if (first.length > slots) first.pop();
  }
  return first.map(({ entry }) => entry);
}

function urgency(entry: Entry, now: number): number {
  const waited = entry.waitingSince === null ? 0 : now - entry.waitingSince;
  // A task that has begun goes first within its level: its context is fresh, and others may wait for its work.
  const begun = entry.progress.turns > 0 ? 0.5 : 0;
  return entry.node.priority - Math.floor(waited / AGING_MS) - begun;
}

/**
 * The tasks to start now, at most `most`. A task that cannot run in parallel waits at the head of the line until all running tasks have
 * ended, and no other task starts beside it.
 */
export function tasksToStart(
  graph: IndexedGraph,
  concurrency: number,
  now: number,
  most = Infinity,
): Entry[] {
  const running = tasksInSlots(graph);
  if (running.some((entry) => !entry.node.canParallelize)) return [];
  const slots = Math.min(most, concurrency - running.length);
  const line = startableTasks(graph, now, slots, tasksThatCanContinue(graph));
  const alone = line.findIndex((entry) => !entry.node.canParallelize);
  if (alone < 0) return line;
  return line.slice(0, alone === 0 && running.length === 0 ? 1 : alone);
}

/**
 * The startable tasks that can continue now. While the run as a whole waits for a person, a task started now would only
 * wait with it, unless it needs no model.
 */
function tasksThatCanContinue(graph: IndexedGraph): ReadonlySet<Entry> {
  if (graph.count('waiting_on_run') === 0) return graph.startable;
  return new Set([...graph.startable].filter(({ progress }) => isHandedIn(progress)));
}

/** All direct and indirect dependants of a task. */
export function dependantsOf(graph: IndexedGraph, id: TaskId): Entry[] {
  const visited = new Set<TaskId>([id]);
  const found: Entry[] = [];
  // The loop also visits ids that are added to the set meanwhile.
  for (const each of visited) {
    for (const dependant of graph.dependantsOf(each)) {
      const entry = graph.get(dependant);
      if (entry !== undefined && !visited.has(dependant)) found.push(entry);
      visited.add(dependant);
    }
  }
  return found;
}

/** Skips the pending dependants of a failed or skipped task. @returns the skipped tasks */
export function skipDependants(graph: IndexedGraph, id: TaskId): Entry[] {
  const skipped = dependantsOf(graph, id).filter((entry) => entry.state === 'pending');
  for (const entry of skipped) graph.move(entry, 'skipped');
  return skipped;
}

/** The entries with one of these states, in the plan's order. */
export function entriesWith(graph: IndexedGraph, ...states: readonly TaskState[]): Entry[] {
  return states
    .flatMap((state) => [...graph.state(state)])
    .sort((a, b) => graph.positionOf(a) - graph.positionOf(b));
}

/**
 * Decides what to do with a task that was read again because a person acted. `take`: the lead's entry waited for a
 * person or had ended without success, so use the read one. `missed`: the task is running, so the read may have been
 * too early. `keep`: the lead's entry is newer.
 */
export function decideReading(known: Entry | undefined, fresh: Entry): 'take' | 'keep' | 'missed' {
  if (known === undefined) return 'take';
  switch (known.state) {
    case 'blocked':
    case 'waiting_on_run':
    case 'failed':
    case 'skipped':
      return fresh.state === known.state || fresh.state === 'blocked' ? 'keep' : 'take';
    case 'running':
    case 'ready':
      return 'missed';
    case 'pending':
    case 'completed':
    case 'cancelled':
      return 'keep';
  }
}

/**
 * The run's status, apart from pause and cancellation: running while a task can continue without a person, else blocked
 * while a task waits for a person, else failed or completed by how the tasks ended.
 */
export function statusOf(
  graph: IndexedGraph,
): Extract<RunStatus, 'running' | 'blocked' | 'failed' | 'completed'> {
  if (graph.count('running', 'ready') > 0) return 'running';
  if (tasksThatCanContinue(graph).size > 0) return 'running';
  if (graph.count('blocked', 'waiting_on_run') > 0) return 'blocked';
  return graph.count('failed', 'skipped') > 0 ? 'failed' : 'completed';
}

/** A task that was requeued this often has the merge queue to itself until it lands or blocks. */
const REQUEUES_FOR_EXCLUSIVE_USE = 2;

/**
 * The largest merge batch. Its tasks give their slots back together, at its end. Landing takes ten milliseconds per task, and
 * with some hundred agents at once a hundred: so the next task starts within two seconds, and not after a batch that grows with
 * what has become ready meanwhile.
 */
const MAX_BATCH = 20;

/**
 * The finished tasks that may land now, in the order in which they became ready. A task that was requeued twice has the
 * merge queue to itself, even while its agent still works on it: otherwise a busy branch would requeue it for ever.
 */
export function candidatesToLand(graph: IndexedGraph, ready: readonly TaskId[]): TaskId[] {
  const [owner] = tasksInSlots(graph)
    .filter((entry) => entry.progress.requeues >= REQUEUES_FOR_EXCLUSIVE_USE)
    .sort((a, b) => graph.positionOf(a) - graph.positionOf(b));
  if (owner === undefined) return ready.slice(0, MAX_BATCH);
  return ready.includes(owner.node.id) ? [owner.node.id] : [];
}
