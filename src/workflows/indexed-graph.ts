/**
 * The tasks of a run, indexed by state and by dependency. The lead's loop queries the index in every iteration
 * (startable, running and blocked tasks), at a cost that does not grow with the plan. Uses no workflow API.
 */
import type { TaskId } from '../contract/ids.js';
import type { Entry, TaskState } from './task-entry.js';

/** Only the graph changes a state, because it keeps the indexes up to date. */
type MutableEntry = Entry & { state: TaskState };

export class IndexedGraph {
  private readonly entries = new Map<TaskId, MutableEntry>();
  /** Each task's position in the plan. */
  private readonly positions = new Map<TaskId, number>();
  private readonly byState: Readonly<Record<TaskState, Set<Entry>>> = {
    pending: new Set(),
    running: new Set(),
    ready: new Set(),
    blocked: new Set(),
    waiting_on_run: new Set(),
    completed: new Set(),
    failed: new Set(),
    skipped: new Set(),
    cancelled: new Set(),
  };
  /** The direct dependants of each task. */
  private readonly dependants = new Map<TaskId, Set<TaskId>>();
  /** The number of each task's dependencies that are not completed. */
  private readonly unmetCounts = new Map<TaskId, number>();
  private readonly startableEntries = new Set<Entry>();
  private newlyStartableEntries = new Set<Entry>();

  constructor(entries: Iterable<Entry> = []) {
    for (const entry of entries) this.put(entry);
  }

  get size(): number {
    return this.entries.size;
  }

  get(id: TaskId): Entry | undefined {
    return this.entries.get(id);
  }

  /** All tasks, in the plan's order. */
  values(): Iterable<Entry> {
    return this.entries.values();
  }

  count(...states: readonly TaskState[]): number {
    return states.reduce((sum, state) => sum + this.byState[state].size, 0);
  }

  /** The tasks with that state, in the order in which they got it. */
  state(state: TaskState): ReadonlySet<Entry> {
    return this.byState[state];
  }

  /** Pending tasks whose dependencies are all completed, in no particular order. */
  get startable(): ReadonlySet<Entry> {
    return this.startableEntries;
  }

  /** Takes the tasks that became startable since the last call and still are. */
  takeNewlyStartable(): Iterable<Entry> {
    const entries = this.newlyStartableEntries;
    this.newlyStartableEntries = new Set();
    return entries;
  }

  /** The direct dependants of a task. */
  dependantsOf(id: TaskId): Iterable<TaskId> {
    return this.dependants.get(id) ?? [];
  }

  /** A task's position in the plan. */
  positionOf(entry: Entry): number {
    return this.positions.get(entry.node.id) ?? this.positions.size;
  }

  /** Adds a task, or replaces its entry. */
  put(entry: Entry): void {
    const { id, dependsOn } = entry.node;
    const before = this.entries.get(id);
    if (before !== undefined) this.forget(before);
    else this.positions.set(id, this.positions.size);
    const mutable: MutableEntry = entry;
    this.entries.set(id, mutable);
    const needs = new Set(dependsOn);
    for (const need of needs) this.dependantsSet(need).add(id);
    this.unmetCounts.set(id, [...needs].filter((need) => !this.isDone(need)).length);
    this.enter(mutable);
    // An unknown task counts as completed.
    this.updateDependants(
      id,
      before === undefined || before.state === 'completed',
      mutable.state === 'completed',
    );
  }

  /** Changes a task's state. */
  move(entry: Entry, state: TaskState): void {
    const kept = this.entries.get(entry.node.id);
    if (kept === undefined || kept.state === state) return;
    const before = kept.state;
    this.leave(kept);
    kept.state = state;
    this.enter(kept);
    this.updateDependants(kept.node.id, before === 'completed', state === 'completed');
  }

  /** An unknown task is completed: the pages of a plan leave out completed tasks. */
  private isDone(id: TaskId): boolean {
    const entry = this.entries.get(id);
    return entry === undefined || entry.state === 'completed';
  }

  private forget(entry: Entry): void {
    this.leave(entry);
    for (const need of entry.node.dependsOn) this.dependants.get(need)?.delete(entry.node.id);
  }

  private leave(entry: Entry): void {
    this.byState[entry.state].delete(entry);
    this.lock(entry);
  }

  private enter(entry: Entry): void {
    this.byState[entry.state].add(entry);
    if (entry.state === 'pending' && this.unmetCounts.get(entry.node.id) === 0) this.unlock(entry);
  }

  /** Updates a task's dependants when it became completed, or is no longer. */
  private updateDependants(id: TaskId, wasDone: boolean, isDone: boolean): void {
    if (wasDone === isDone) return;
    for (const dependant of this.dependantsOf(id)) {
      const left = (this.unmetCounts.get(dependant) ?? 0) + (isDone ? -1 : 1);
      this.unmetCounts.set(dependant, left);
      const entry = this.entries.get(dependant);
      if (entry?.state !== 'pending') continue;
      if (left === 0) this.unlock(entry);
      else this.lock(entry);
    }
  }

  private unlock(entry: Entry): void {
    this.startableEntries.add(entry);
    this.newlyStartableEntries.add(entry);
  }

  private lock(entry: Entry): void {
    this.startableEntries.delete(entry);
    this.newlyStartableEntries.delete(entry);
  }

  private dependantsSet(id: TaskId): Set<TaskId> {
    let set = this.dependants.get(id);
    if (set === undefined) this.dependants.set(id, (set = new Set()));
    return set;
  }
}
