/** Pages of the plan, made small: a history of thousands of tasks is made of such bytes. */
import type { GraphPage, LeanNode, LeanPage, TaskNode, Usual } from '../contract/payloads.js';

/** What is said once for a page where its tasks agree. */
const USUAL = [
  'role',
  'dependsOn',
  'canParallelize',
  'priority',
  'status',
  'answered',
  'ready',
  'generateTimeoutMs',
  'testTimeoutMs',
  'workflows',
] as const satisfies readonly (keyof Usual)[];

/** The first task says what is usual: plans are regular. */
export function leanPage(page: GraphPage): LeanPage {
  const [first] = page.tasks;
  if (first === undefined) return page;
  const { role, canParallelize, priority, status, answered, ready, workflows } = first;
  const { generateTimeoutMs, testTimeoutMs } = first;
  const usual: Usual = {
    ...{ role, dependsOn: [], canParallelize, priority, status, answered, ready, workflows },
    ...{ generateTimeoutMs, testTimeoutMs },
  };
  return { ...page, usual, tasks: page.tasks.map((node) => leanNode(node, usual)) };
}

function leanNode(node: TaskNode, usual: Usual): LeanNode {
  const lean: LeanNode = { ...node };
  for (const key of USUAL) if (same(node[key], usual[key])) Reflect.deleteProperty(lean, key);
  return lean;
}

function same(a: Usual[keyof Usual], b: Usual[keyof Usual]): boolean {
  return a === b || (Array.isArray(a) && a.length === 0);
}

/** The page's tasks, whole. @throws when neither a task nor its page says what it is like */
export function wholeNodes({ tasks, usual }: LeanPage): TaskNode[] {
  return tasks.map((node) => {
    const whole = { ...usual, ...node };
    if (!isWhole(whole)) throw new Error(`the page does not say all of ${node.id}`);
    return whole;
  });
}

function isWhole(node: LeanNode): node is TaskNode {
  return USUAL.every((key) => node[key] !== undefined);
}
