import { taskHasEnded, type TaskStatus } from '../contract/run-status.js';

interface Node {
  readonly id: string;
  readonly status: TaskStatus;
  readonly dependsOn: readonly string[];
}

/**
 * The tasks that are skipped with others: those that depend on one of them, directly or through others, and have not
 * ended. In the given order, without the others themselves. Pure.
 */
export function openDependants<T extends Node>(tasks: readonly T[], of: readonly string[]): readonly T[] {
  const directly = new Map<string, string[]>();
  for (const { id, dependsOn } of tasks)
    for (const on of dependsOn) directly.set(on, [...(directly.get(on) ?? []), id]);
  const found = new Set(of);
  const waiting = [...of];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const news = (directly.get(next) ?? []).filter((id) => !found.has(id));
    for (const id of news) found.add(id);
    waiting.push(...news);
  }
  return tasks.filter(({ id, status }) => found.has(id) && !of.includes(id) && !taskHasEnded(status));
}
