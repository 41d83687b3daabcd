import { createHash } from 'node:crypto';
import type { Plan } from './plan-schema.js';

/**
 * A hash of what a plan means, 64 hexadecimal digits: the same for reordered keys, comments, other ways of
 * writing a value, and defaults written out; another as soon as a run could go otherwise. The order of tasks
 * is part of the meaning (it is the order of results), that of lists that are sets is not.
 */
export function planHash(plan: Plan): string {
  const meaning = {
    ...plan,
    env: asSet(plan.env),
    protect: plan.protect === null ? null : asSet(plan.protect),
    tasks: plan.tasks.map((task) => ({
      ...task,
      dependsOn: asSet(task.dependsOn),
      mayChange: asSet(task.mayChange),
    })),
  };
  return createHash('sha256').update(canonicalJson(meaning)).digest('hex');
}

function asSet(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}

/** JSON with the keys of every object in one order, whatever order they were written in. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
