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
  'waitingOnRun',
  'ready',
  'generateTimeoutMs',
  'testTimeoutMs',
  'workflows',
] as const satisfies readonly (keyof CommonFields)[];

/** Leaves out values that equal the first task's: most tasks of a plan are alike. */
export function toLeanPage(page: GraphPage): LeanPage {
  const [first] = page.tasks;
  if (first === undefined) return { ...page, common: null };
  const { role, canParallelize, priority, status, answered, waitingOnRun, ready, workflows } = first;
  const { generateTimeoutMs, testTimeoutMs } = first;
  const common: CommonFields = {
    ...{ role, dependsOn: [], canParallelize, priority, status, answered, waitingOnRun, ready, workflows },
    ...{ generateTimeoutMs, testTimeoutMs },
  };
  return { ...page, common, tasks: page.tasks.map((node) => toLeanNode(node, common)) };
}

function toLeanNode(node: TaskNode, common: CommonFields): LeanNode {
  const lean: LeanNode = { ...node };
  for (const key of COMMON_FIELDS) if (isSame(node[key], common[key])) Reflect.deleteProperty(lean, key);
  return lean;
}

function isSame(a: CommonFields[keyof CommonFields], b: CommonFields[keyof CommonFields]): boolean {
  return a === b || (Array.isArray(a) && a.length === 0);
}

/** The page's tasks with all fields. */
export function expandPage({ tasks, common }: LeanPage): TaskNode[] {
  return common === null ? [] : tasks.map((node) => ({ ...common, ...node }));
}
