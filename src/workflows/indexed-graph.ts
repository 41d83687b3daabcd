/**
 * The tasks of a run, kept so that what the lead asks at every turn (who could start, who is at work, what needs
 * a person) costs the same in a plan of thousands as in one of ten. No workflow API here.
 */
import type { TaskId } from '../contract/ids.js';
import type { Entry, Standing } from './task-entry.js';

/** The one place where a standing changes, because the rest is counted there. */
type MutableEntry = Entry & { standing: Standing };

export class Graph {
  private readonly entries = new Map<TaskId, MutableEntry>();
  /** Where each task comes in the plan. */
  private readonly positions = new Map<TaskId, number>();
  private readonly byStanding: Readonly<Record<Standing, Set<Entry>>> = {
    pending: new Set(),
    running: new Set(),
    ready: new Set(),
    blocked: new Set(),
    held: new Set(),
    completed: new Set(),
    failed: new Set(),
    skipped: new Set(),
    cancelled: new Set(),
  };
  /** Which tasks need this one directly. */
  private readonly dependants = new Map<TaskId, Set<TaskId>>();
  /** How much of what a task needs is not completed. */
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

  count(...standings: readonly Standing[]): number {
    return standings.reduce((sum, standing) => sum + this.byStanding[standing].size, 0);
  }

  /** The tasks that stand there, in the order they came there. */
  standing(standing: Standing): ReadonlySet<Entry> {
    return this.byStanding[standing];
  }

  /** Pending tasks that wait for no other, in no order. */
  get startable(): ReadonlySet<Entry> {
    return this.startableEntries;
  }

  /** What became startable since this was last asked, and still is. */
  newlyStartable(): Iterable<Entry> {
    const entries = this.newlyStartableEntries;
    this.newlyStartableEntries = new Set();
    return entries;
  }

  /** The tasks that need this one directly. */
  dependantsOf(id: TaskId): Iterable<TaskId> {
    return this.dependants.get(id) ?? [];
  }

  /** A task's number in the plan's order. */
  positionOf(entry: Entry): number {
    return this.positions.get(entry.node.id) ?? this.positions.size;
  }

  /** Adds a task, or puts another reading of it in its place. */
  put(entry: Entry): void {
    const { id, dependsOn } = entry.node;
    const before = this.entries.get(id);
    if (before !== undefined) this.forget(before);
    else this.positions.set(id, this.positions.size);
    const kept: MutableEntry = entry;
    this.entries.set(id, kept);
    const needs = new Set(dependsOn);
    for (const need of needs) this.dependantsSet(need).add(id);
    this.unmetCounts.set(id, [...needs].filter((need) => !this.isDone(need)).length);
    this.enter(kept);
    // Until it was known it counted as done.
    this.updateDependants(
      id,
      before === undefined || before.standing === 'completed',
      kept.standing === 'completed',
    );
  }

  /** Changes where a task stands. */
  move(entry: Entry, standing: Standing): void {
    const kept = this.entries.get(entry.node.id);
    if (kept === undefined || kept.standing === standing) return;
    const was = kept.standing;
    this.leave(kept);
    kept.standing = standing;
    this.enter(kept);
    this.updateDependants(kept.node.id, was === 'completed', standing === 'completed');
  }

  /** The pages of a plan leave out what is completed. */
  private isDone(id: TaskId): boolean {
    const entry = this.entries.get(id);
    return entry === undefined || entry.standing === 'completed';
  }

  private forget(entry: Entry): void {
    this.leave(entry);
    for (const need of entry.node.dependsOn) this.dependants.get(need)?.delete(entry.node.id);
  }

  private leave(entry: Entry): void {
    this.byStanding[entry.standing].delete(entry);
    this.lock(entry);
  }

  private enter(entry: Entry): void {
    this.byStanding[entry.standing].add(entry);
    if (entry.standing === 'pending' && this.unmetCounts.get(entry.node.id) === 0) this.unlock(entry);
  }

  /** Those that need a task hear when it is completed. */
  private updateDependants(id: TaskId, was: boolean, is: boolean): void {
    if (was === is) return;
    for (const dependant of this.dependantsOf(id)) {
      const left = (this.unmetCounts.get(dependant) ?? 0) + (is ? -1 : 1);
      this.unmetCounts.set(dependant, left);
      const entry = this.entries.get(dependant);
      if (entry?.standing !== 'pending') continue;
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
