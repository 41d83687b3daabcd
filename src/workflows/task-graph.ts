/**
 * The lead agent's decisions, as pure functions of the graph: which tasks may start, in which order, and
 * whether the run is over or waits. No workflow API here: tables and properties test it.
 */
import type { TaskId } from '../ids.js';
import type { TaskNode, TaskProgress } from './interface.js';
import type { RunStatus } from '../contract.js';

/** Where a task stands for the lead. `held` waits with the whole run for a person. */
export type Standing =
  'pending' | 'running' | 'ready' | 'blocked' | 'held' | 'completed' | 'failed' | 'skipped' | 'cancelled';

/** A task of the run, as the lead changes it. */
export interface Entry {
  readonly node: TaskNode;
  standing: Standing;
  progress: TaskProgress;
  /** Workflows it has had. */
  workflows: number;
  /** When it could first have started (ms), null while it cannot. */
  waitingSince: number | null;
}

export type Graph = ReadonlyMap<TaskId, Entry>;

/** The progress of a task that nothing was done for yet. */
export const FRESH: TaskProgress = { turns: 0, attempts: 0, corrections: 0, bounces: 0, work: null };

/** A task's place in the graph when the lead reads it from the record. */
export function entryOf(node: TaskNode): Entry {
  return {
    node,
    standing: standingOf(node),
    progress: node.progress ?? FRESH,
    workflows: node.workflows,
    waitingSince: null,
  };
}

function standingOf(node: TaskNode): Standing {
  switch (node.status) {
    case 'blocked':
      // Answered, and ready: a person took its work as it is.
      return node.answered ? (node.ready ? 'ready' : 'pending') : 'blocked';
    case 'in_progress':
      // Its workflow belonged to an earlier lead, which is over: it goes on from the record.
      return node.ready ? 'ready' : 'pending';
    case 'pending':
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'skipped':
      return node.status;
  }
}

/**
 * How long a task waits for its slot before it counts as one level more urgent: five levels, so that the
 * least urgent is ahead of everything new within an hour and nothing starves.
 */
const AGING_MS = 15 * 60_000;

/** A slot is taken from a task's start until it has landed, so that `concurrency: 1` means one after another. */
export function occupied(entry: Entry): boolean {
  return entry.standing === 'running' || entry.standing === 'ready';
}

/** Whether all that a task needs is done. */
export function unlocked(graph: Graph, entry: Entry): boolean {
  return entry.node.dependsOn.every((id) => graph.get(id)?.standing === 'completed');
}

/** Tasks that could start if there were slots, the most urgent first, ties in the plan's order. */
export function startable(graph: Graph, now: number): Entry[] {
  const entries = [...graph.values()].filter(
    (entry) => entry.standing === 'pending' && unlocked(graph, entry),
  );
  return entries
    .map((entry, index) => ({ entry, index, rank: urgency(entry, now) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ entry }) => entry);
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
export function toStart(graph: Graph, concurrency: number, now: number): Entry[] {
  const running = [...graph.values()].filter(occupied);
  if (running.some((entry) => !entry.node.canParallelize) || held(graph)) return [];
  const chosen: Entry[] = [];
  for (const entry of startable(graph, now)) {
    if (running.length + chosen.length >= concurrency) break;
    if (!entry.node.canParallelize) {
      return running.length + chosen.length === 0 ? [entry] : chosen;
    }
    chosen.push(entry);
  }
  return chosen;
}

/** Whether the run as a whole waits for a person: what starts now would only be held, too. */
function held(graph: Graph): boolean {
  return [...graph.values()].some((entry) => entry.standing === 'held');
}

/** All that waits, directly or not, for a task that will not be done. */
export function dependants(graph: Graph, id: TaskId): Entry[] {
  const lost = new Set<TaskId>([id]);
  const found: Entry[] = [];
  // A plan lists tasks in any order: go on until a round finds nothing new.
  for (let grown = true; grown;) {
    grown = false;
    for (const entry of graph.values()) {
      if (lost.has(entry.node.id) || !entry.node.dependsOn.some((dependency) => lost.has(dependency)))
        continue;
      lost.add(entry.node.id);
      found.push(entry);
      grown = true;
    }
  }
  return found;
}

/** A failed or skipped task takes with it, as skipped, all that waits for it; and nothing else. */
export function skipDependants(graph: Graph, id: TaskId): Entry[] {
  const skipped = dependants(graph, id).filter((entry) => entry.standing === 'pending');
  for (const entry of skipped) entry.standing = 'skipped';
  return skipped;
}

/** The entries with one of these standings, in the plan's order. */
export function entriesWith(graph: Graph, ...standings: readonly Standing[]): Entry[] {
  return [...graph.values()].filter((entry) => standings.includes(entry.standing));
}

/**
 * What to make of a task that was read anew because a person acted: a task that waited for a person, or had
 * ended without success, is taken as it is read; one at work may have been read too early (`missed`); of
 * everything else the lead knows better.
 */
export function mergeReading(known: Entry | undefined, fresh: Entry): 'take' | 'keep' | 'missed' {
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
      // A person left out what it needs. (Where the lead skips, it does so before it reads.)
      return fresh.standing === 'skipped' ? 'take' : 'keep';
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
  const entries = [...graph.values()];
  const mayStart = (entry: Entry) => entry.standing === 'pending' && unlocked(graph, entry) && !held(graph);
  if (entries.some((entry) => occupied(entry) || mayStart(entry))) return 'running';
  if (entries.some((entry) => entry.standing === 'blocked' || entry.standing === 'held')) return 'blocked';
  if (entries.some((entry) => entry.standing === 'failed' || entry.standing === 'skipped')) return 'failed';
  return 'completed';
}

/** A task that has been back from landing this often keeps the lane until it lands or blocks (contract, section 2). */
const BOUNCES_TO_KEEP_THE_LANE = 2;

/**
 * A landing takes some ten milliseconds a task: a hundred are done well within the activity's time, and more
 * would only start anew when they are not.
 */
const LANDINGS_AT_ONCE = 100;

/**
 * Which finished tasks may go to the branch now, in the order they got ready. One that has been back twice
 * has the lane for itself, still at work or not: else a busy branch would send it back for ever.
 */
export function toLand(graph: Graph, ready: readonly TaskId[]): TaskId[] {
  const keeper = [...graph.values()].find(
    (entry) => occupied(entry) && entry.progress.bounces >= BOUNCES_TO_KEEP_THE_LANE,
  );
  if (keeper === undefined) return ready.slice(0, LANDINGS_AT_ONCE);
  return ready.includes(keeper.node.id) ? [keeper.node.id] : [];
}
