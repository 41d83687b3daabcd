/** Small pages of the plan: with thousands of tasks they make up most of a workflow history. */
import type { GraphPage, LeanNode, LeanPage, TaskNode, CommonFields } from './payloads.js';

/** The fields that a page holds once, for all tasks that share the value. */
const COMMON_FIELDS = [
  'role',
  'dependsOn',
  'canParallelize',
  'priority',
  'status',
  'answered',
  'held',
  'ready',
  'generateTimeoutMs',
  'testTimeoutMs',
  'workflows',
] as const satisfies readonly (keyof CommonFields)[];

/** Leaves out values that equal the first task's: most tasks of a plan are alike. */
export function toLeanPage(page: GraphPage): LeanPage {
  const [first] = page.tasks;
  if (first === undefined) return { ...page, usual: null };
  const { role, canParallelize, priority, status, answered, held, ready, workflows } = first;
  const { generateTimeoutMs, testTimeoutMs } = first;
  const usual: CommonFields = {
    ...{ role, dependsOn: [], canParallelize, priority, status, answered, held, ready, workflows },
    ...{ generateTimeoutMs, testTimeoutMs },
  };
  return { ...page, usual, tasks: page.tasks.map((node) => toLeanNode(node, usual)) };
}

function toLeanNode(node: TaskNode, usual: CommonFields): LeanNode {
  const lean: LeanNode = { ...node };
  for (const key of COMMON_FIELDS) if (isSame(node[key], usual[key])) Reflect.deleteProperty(lean, key);
  return lean;
}

function isSame(a: CommonFields[keyof CommonFields], b: CommonFields[keyof CommonFields]): boolean {
  return a === b || (Array.isArray(a) && a.length === 0);
}

/** The page's tasks with all fields. */
export function expandPage({ tasks, usual }: LeanPage): TaskNode[] {
  return usual === null ? [] : tasks.map((node) => ({ ...usual, ...node }));
}
