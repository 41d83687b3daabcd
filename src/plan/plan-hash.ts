import { createHash } from 'node:crypto';
import type { Plan } from './plan-schema.js';

/**
 * A hash of a plan's meaning, 64 hexadecimal digits. Comments, the order of keys, the notation of values and written-out
 * defaults do not change it; whatever could change the course of a run does. The order of tasks counts (results have
 * it); the order of lists that are sets does not.
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

/** JSON with the keys of every object sorted. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
