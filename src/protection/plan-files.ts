/** Plans of any name, such as `plans/shop.yaml`, which `run --plan` reads. Pure. */
import { parseSyml } from '@yarnpkg/parsers';
import { PLAN_MAX_BYTES } from '../plan/parse-plan.js';
import { knownKeys } from '../plan/plan-schema.js';
import { isRecord } from '../shared/is-record.js';
import type { JsonObject } from './json-parts.js';
import { items } from './lock-files/manifests.js';

const PLAN_KEYS = new Set(knownKeys([]));
const TASK_KEYS = new Set(knownKeys(['tasks', 0]));

/**
 * Whether a text is a plan: it has a name and tasks with a test, and no key that a plan has not. The values are not
 * checked. The parser of lock files reads it: it ends at the first error, while that of plans collects all of them.
 */
export function isPlan(text: string): boolean {
  if (text.length > PLAN_MAX_BYTES || !/\btasks\b/.test(text)) return false;
  const plan = parsed(text);
  if (!isRecord(plan) || !hasOnly(plan, PLAN_KEYS) || !isText(plan['name'])) return false;
  const tasks = items(plan['tasks']);
  const isTask = (task: unknown) =>
    isRecord(task) &&
    hasOnly(task, TASK_KEYS) &&
    isText(task['id']) &&
    isText(task['title']) &&
    isText(task['test'] ?? plan['test']);
  return tasks.length > 0 && tasks.every(isTask);
}

function parsed(text: string): unknown {
  try {
    return parseSyml(text);
  } catch {
    return null;
  }
}

function hasOnly(value: JsonObject, known: ReadonlySet<string>): boolean {
  return Object.keys(value).every((key) => known.has(key));
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
