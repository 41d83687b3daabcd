import type { TaskId } from '../contract/ids.js';
import type { Plan, PlanTask } from './plan-schema.js';

/** The order in which a run would take the tasks of a plan. */
export interface PlanOrder {
  /** Every task once, in the order of their starts. */
  readonly order: readonly TaskId[];
  /** The same, grouped by what runs at the same time. */
  readonly waves: readonly (readonly TaskId[])[];
  /** The longest chain of dependencies: no number of agents makes a run shorter than this. */
  readonly criticalPath: readonly TaskId[];
}

/** A task whose dependencies are done. */
interface ReadyTask {
  readonly task: PlanTask;
  readonly index: number;
  /** The task with the smallest rank goes first. */
  readonly rank: number;
}

/**
 * The order that a run would take if every task took the same time and passed at its first attempt: by
 * dependencies, then by priority, within the plan's concurrency; a task that cannot be parallelized is a wave
 * of its own. Waiting raises a priority: here, by one for each wave waited.
 *
 * @param plan a valid plan: its dependencies form no cycle
 */
export function topologicalOrder(plan: Plan): PlanOrder {
  const waiting = new Map(plan.tasks.map((task) => [task.id, task.dependsOn.length]));
  const dependants = dependantsOf(plan);
  const waves: TaskId[][] = [];
  const ready: ReadyTask[] = [];
  let freed: TaskId[] = plan.tasks.filter(({ dependsOn }) => dependsOn.length === 0).map(({ id }) => id);
  const byId = new Map(plan.tasks.map((task, index) => [task.id, { task, index }]));
  while (freed.length > 0 || ready.length > 0) {
    for (const id of freed) {
      const found = byId.get(id);
      // Each wave raises all waiting tasks alike, so adding the wave in which a task became ready has the same effect.
      if (found !== undefined) insert(ready, { ...found, rank: found.task.priority + waves.length });
    }
    const wave = takeWave(ready, plan.concurrency);
    waves.push(wave);
    freed = wave.flatMap((id) => dependants.get(id) ?? []).filter((id) => release(waiting, id));
  }
  return { order: waves.flat(), waves, criticalPath: criticalPath(plan, waves.flat()) };
}

function dependantsOf(plan: Plan): ReadonlyMap<TaskId, TaskId[]> {
  const dependants = new Map<TaskId, TaskId[]>();
  for (const task of plan.tasks) {
    for (const id of task.dependsOn) {
      const list = dependants.get(id);
      if (list === undefined) dependants.set(id, [task.id]);
      else list.push(task.id);
    }
  }
  return dependants;
}

/** Counts down the dependencies that a task waits for; true when this was the last. */
function release(waiting: Map<TaskId, number>, id: TaskId): boolean {
  const left = (waiting.get(id) ?? 0) - 1;
  waiting.set(id, left);
  return left === 0;
}

function goesBefore(a: ReadyTask, b: ReadyTask): boolean {
  return a.rank === b.rank ? a.index < b.index : a.rank < b.rank;
}

/** Keeps the list sorted with the next task at its end, where removing it is cheap. */
function insert(ready: ReadyTask[], entry: ReadyTask): void {
  let [low, high] = [0, ready.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = ready[middle];
    if (other !== undefined && goesBefore(entry, other)) low = middle + 1;
    else high = middle;
  }
  ready.splice(low, 0, entry);
}

function takeWave(ready: ReadyTask[], concurrency: number): TaskId[] {
  const wave: TaskId[] = [];
  for (let next = ready.at(-1); next !== undefined && wave.length < concurrency; next = ready.at(-1)) {
    // A task that runs alone waits for the wave before it, and no other task overtakes it.
    if (!next.task.canParallelize && wave.length > 0) break;
    ready.pop();
    wave.push(next.task.id);
    if (!next.task.canParallelize) break;
  }
  return wave;
}

function criticalPath(plan: Plan, order: readonly TaskId[]): TaskId[] {
  const byId = new Map(plan.tasks.map((task) => [task.id, task]));
  const depth = new Map<TaskId, { readonly length: number; readonly behind: TaskId | null }>();
  let end: TaskId | null = null;
  for (const id of order) {
    let [length, behind]: [number, TaskId | null] = [1, null];
    for (const dependency of byId.get(id)?.dependsOn ?? []) {
      const before = depth.get(dependency)?.length ?? 0;
      if (before + 1 > length) [length, behind] = [before + 1, dependency];
    }
    depth.set(id, { length, behind });
    if (end === null || length > (depth.get(end)?.length ?? 0)) end = id;
  }
  const path: TaskId[] = [];
  for (let id = end; id !== null; id = depth.get(id)?.behind ?? null) path.push(id);
  return path.reverse();
}
