/** Pages of the plan, made small: a history of thousands of tasks is made of such bytes. */
import type { GraphPage, LeanNode, LeanPage, TaskNode, CommonFields } from './payloads.js';

/** What is said once for a page where its tasks agree. */
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

/** The first task says what is usual: plans are regular. */
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

/** The page's tasks, whole. */
export function expandPage({ tasks, usual }: LeanPage): TaskNode[] {
  return usual === null ? [] : tasks.map((node) => ({ ...usual, ...node }));
}
