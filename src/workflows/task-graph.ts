/**
 * The lead agent's decisions, as pure functions of the graph: which tasks may start, in which order, and
 * whether the run is over or waits. No workflow API here: tables and properties test it.
 */
import type { TaskId } from '../contract/ids.js';
import type { RunStatus } from '../contract/contract.js';
import type { Graph } from './indexed-graph.js';
import type { Entry, Standing } from './task-entry.js';

/**
 * How long a task waits for its slot before it counts as one level more urgent: five levels, so that the
 * least urgent is ahead of everything new within an hour and nothing starves.
 */
const AGING_MS = 15 * 60_000;

/** A slot is taken from a task's start until it has landed, so that `concurrency: 1` means one after another. */
export function tasksInSlots(graph: Graph): Entry[] {
  return [...graph.standing('running'), ...graph.standing('ready')];
}

/**
 * The tasks to start first if there were so many slots: the most urgent, ties in the plan's order. Thousands may
 * wait for a few slots, so that sorting them all at every turn would cost more than all else the lead does.
 */
export function startableTasks(graph: Graph, now: number, slots: number): Entry[] {
  const first: { readonly entry: Entry; readonly rank: number; readonly place: number }[] = [];
  for (const entry of graph.startable) {
    const candidate = { entry, rank: urgency(entry, now), place: graph.positionOf(entry) };
    const after = (other: typeof candidate) => other.rank - candidate.rank || other.place - candidate.place;
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
  // What was begun comes first: its context is fresh, and somebody may wait for what it started.
  const begun = entry.progress.turns > 0 ? 0.5 : 0;
  return entry.node.priority - Math.floor(waited / AGING_MS) - begun;
}

/**
 * What to start now. A task that cannot run beside others waits at the head of the line until all that runs
 * has ended, and nothing starts beside it.
 */
export function tasksToStart(graph: Graph, concurrency: number, now: number): Entry[] {
  const running = tasksInSlots(graph);
  if (running.some((entry) => !entry.node.canParallelize) || waitsForPerson(graph)) return [];
  const line = startableTasks(graph, now, Math.max(0, concurrency - running.length));
  const alone = line.findIndex((entry) => !entry.node.canParallelize);
  if (alone < 0) return line;
  return line.slice(0, alone === 0 && running.length === 0 ? 1 : alone);
}

/** Whether the run as a whole waits for a person: what starts now would only be held, too. */
function waitsForPerson(graph: Graph): boolean {
  return graph.count('held') > 0;
}

/** All that waits, directly or not, for a task that will not be done. */
export function dependantsOf(graph: Graph, id: TaskId): Entry[] {
  const lost = new Set<TaskId>([id]);
  const found: Entry[] = [];
  // What is added while it is walked is walked, too.
  for (const each of lost) {
    for (const dependant of graph.dependantsOf(each)) {
      const entry = graph.get(dependant);
      if (entry !== undefined && !lost.has(dependant)) found.push(entry);
      lost.add(dependant);
    }
  }
  return found;
}

/** A failed or skipped task takes with it, as skipped, all that waits for it; and nothing else. */
export function skipDependants(graph: Graph, id: TaskId): Entry[] {
  const skipped = dependantsOf(graph, id).filter((entry) => entry.standing === 'pending');
  for (const entry of skipped) graph.move(entry, 'skipped');
  return skipped;
}

/** The entries with one of these standings, in the plan's order. */
export function entriesWith(graph: Graph, ...standings: readonly Standing[]): Entry[] {
  return standings
    .flatMap((standing) => [...graph.standing(standing)])
    .sort((a, b) => graph.positionOf(a) - graph.positionOf(b));
}

/**
 * What to make of a task that was read anew because a person acted: a task that waited for a person, or had
 * ended without success, is taken as it is read; one at work may have been read too early (`missed`); of
 * everything else the lead knows better.
 */
export function decideReading(known: Entry | undefined, fresh: Entry): 'take' | 'keep' | 'missed' {
  if (known === undefined) return 'take';
  switch (known.standing) {
    case 'blocked':
    case 'held':
    case 'failed':
    case 'skipped':
      return fresh.standing === known.standing || fresh.standing === 'blocked' ? 'keep' : 'take';
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
 * A run's status without pause and cancel: running while a task can go on without a person, blocked while
 * one waits for a person, else failed or completed by how its tasks ended.
 */
export function statusOf(graph: Graph): Extract<RunStatus, 'running' | 'blocked' | 'failed' | 'completed'> {
  if (graph.count('running', 'ready') > 0) return 'running';
  if (graph.startable.size > 0 && !waitsForPerson(graph)) return 'running';
  if (graph.count('blocked', 'held') > 0) return 'blocked';
  return graph.count('failed', 'skipped') > 0 ? 'failed' : 'completed';
}

/** A task that has been back from landing this often keeps the lane until it lands or blocks (contract, section 2). */
const REQUEUES_TO_GO_FIRST = 2;

/**
 * A landing takes some ten milliseconds a task: a hundred are done well within the activity's time, and more
 * would only start anew when they are not.
 */
const LANDINGS_AT_ONCE = 100;

/**
 * Which finished tasks may go to the branch now, in the order they got ready. One that has been back twice
 * has the lane for itself, still at work or not: else a busy branch would send it back for ever.
 */
export function candidatesToLand(graph: Graph, ready: readonly TaskId[]): TaskId[] {
  const [keeper] = tasksInSlots(graph)
    .filter((entry) => entry.progress.requeues >= REQUEUES_TO_GO_FIRST)
    .sort((a, b) => graph.positionOf(a) - graph.positionOf(b));
  if (keeper === undefined) return ready.slice(0, LANDINGS_AT_ONCE);
  return ready.includes(keeper.node.id) ? [keeper.node.id] : [];
}
