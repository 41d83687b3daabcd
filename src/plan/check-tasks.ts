import { isRecord } from '../shared/is-record.js';
import { didYouMean } from './did-you-mean.js';
import type { Path } from './yaml-source.js';
import { pathText, show } from './describe-problem.js';
import { PLACEHOLDERS } from './plan-template.js';

/** A problem at a path in the plan, whose line is not known yet. */
export interface Finding {
  readonly path: Path;
  readonly part: 'key' | 'value';
  readonly message: string;
  /** Whether it reports something missing. Such a finding is dropped when part of the file could not be read. */
  readonly isAbsence: boolean;
}

/** The well-formed part of a task as it is written. The schema checks the rest. */
interface LooseTask {
  readonly index: number;
  readonly id: string | null;
  readonly title: string | null;
  readonly description: unknown;
  readonly hasTest: boolean;
  readonly dependsOn: readonly { readonly at: number; readonly id: string }[];
  readonly servers: readonly { readonly at: number; readonly name: string }[];
}

/** Searching 10,000 ids for the nearest takes milliseconds: fine for some typing errors, too slow for thousands. */
const MAX_SUGGESTIONS = 100;
/** A longer cycle is shown by its two ends, because nobody reads a thousand ids. */
const CYCLE_SHOWN = 12;

/**
 * Checks what involves several tasks: unique ids and titles, dependencies that exist and form no cycle, a test for each
 * task, MCP servers that exist; and that no task is the template's. It checks whatever part of the plan is well formed, so its problems are reported together with the schema's.
 *
 * @param value the plan as it was read, of any shape
 * @param lineOf returns the line of a path, for messages that refer to another line
 */
export function checkTasks(value: unknown, lineOf: (path: Path) => number): Finding[] {
  if (!isRecord(value) || !Array.isArray(value['tasks'])) return [];
  const tasks = value['tasks'].flatMap((task: unknown, index) => looseTask(task, index));
  return [
    ...duplicates(tasks, 'id', lineOf),
    ...duplicates(tasks, 'title', lineOf),
    ...(isGiven(value['test']) ? [] : tasks.filter(({ hasTest }) => !hasTest).map(noTest)),
    ...tasks.flatMap(placeholders),
    ...dependencies(tasks),
    ...servers(tasks, value['mcp']),
    ...cycles(tasks),
  ];
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The schema rejects an id that is a number (quotes are missing), but it still identifies its task. */
function idText(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

function looseTask(task: unknown, index: number): LooseTask[] {
  if (!isRecord(task)) return [];
  const listed: unknown[] = Array.isArray(task['depends_on']) ? task['depends_on'] : [];
  const dependsOn = listed.flatMap((value, at) => {
    const id = idText(value);
    return id === null ? [] : [{ at, id }];
  });
  const named: unknown[] = Array.isArray(task['mcp']) ? task['mcp'] : [];
  const used = named.flatMap((value, at) => (typeof value === 'string' ? [{ at, name: value }] : []));
  const title = typeof task['title'] === 'string' ? task['title'] : null;
  const { description } = task;
  const hasTest = isGiven(task['test']);
  return [{ index, id: idText(task['id']), title, description, hasTest, dependsOn, servers: used }];
}

function finding(path: Path, message: string): Finding {
  return { path, part: 'value', message, isAbsence: false };
}

function noTest({ index }: LooseTask): Finding {
  const message = 'this task has no test: expected `test` here, or a default `test` at the top of the plan';
  return { path: ['tasks', index], part: 'value', message, isAbsence: true };
}

/** Texts of the template that would be sent to the model as they are. */
function placeholders(task: LooseTask): Finding[] {
  return (['title', 'description'] as const)
    .filter((key) => task[key] === PLACEHOLDERS[key])
    .map((key) =>
      finding(
        ['tasks', task.index, key],
        `this is still the text of the template: replace it with a ${key} of your task`,
      ),
    );
}

function duplicates(
  tasks: readonly LooseTask[],
  key: 'id' | 'title',
  lineOf: (path: Path) => number,
): Finding[] {
  const first = new Map<string, number>();
  return tasks.flatMap((task) => {
    const text = task[key];
    if (text === null) return [];
    const earlier = first.get(text);
    if (earlier === undefined) {
      first.set(text, task.index);
      return [];
    }
    const place: Path = ['tasks', earlier, key];
    const message = `found ${show(text)} a second time, expected a unique ${key}: ${pathText(place)} has it (line ${lineOf(place)})`;
    return [finding(['tasks', task.index, key], message)];
  });
}

function dependencies(tasks: readonly LooseTask[]): Finding[] {
  const known = new Set(tasks.flatMap(({ id }) => id ?? []));
  let suggestions = 0;
  return tasks.flatMap((task) => {
    const seen = new Set<string>();
    return task.dependsOn.flatMap(({ at, id }) => {
      const path: Path = ['tasks', task.index, 'depends_on', at];
      if (id === task.id) return [finding(path, `the task ${show(id)} depends on itself`)];
      if (seen.has(id)) return [finding(path, `found ${show(id)} a second time in this list`)];
      seen.add(id);
      if (known.has(id)) return [];
      suggestions += 1;
      const hint = suggestions <= MAX_SUGGESTIONS ? didYouMean(id, known) : '';
      const message = `found ${show(id)}, expected the id of a task of this plan${hint}`;
      return [{ ...finding(path, message), isAbsence: true }];
    });
  });
}

/** Tasks that name an MCP server that the plan does not have. */
function servers(tasks: readonly LooseTask[], given: unknown): Finding[] {
  const known = isRecord(given) ? Object.keys(given) : [];
  return tasks.flatMap((task) =>
    task.servers.flatMap(({ at, name }) => {
      if (known.includes(name)) return [];
      const path: Path = ['tasks', task.index, 'mcp', at];
      const expected = known.length === 0 ? ', which has none' : didYouMean(name, known);
      const message = `found ${show(name)}, expected the name of a server in \`mcp\`${expected}`;
      return [{ ...finding(path, message), isAbsence: true }];
    }),
  );
}

/**
 * Returns one finding for each dependency that closes a cycle: removing all of them leaves no cycle. The depth-first
 * search keeps its own stack, because a chain of 10,000 tasks would overflow the call stack.
 */
function cycles(tasks: readonly LooseTask[]): Finding[] {
  // Of tasks with the same id, the first counts for those that depend on it; all are looked through.
  const byId = new Map(tasks.toReversed().map((task) => [task.id, task] as const));
  /** The depth of a task in the trail while it is being visited. */
  const state = new Map<LooseTask, number | 'done'>();
  const findings: Finding[] = [];
  for (const start of tasks) {
    if (state.has(start)) continue;
    state.set(start, 0);
    const trail = [{ task: start, next: 0 }];
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const dependency = top.task.dependsOn[top.next];
      top.next += 1;
      if (dependency === undefined) {
        state.set(top.task, 'done');
        trail.pop();
        continue;
      }
      const target = byId.get(dependency.id);
      if (target === undefined || target === top.task) continue;
      const from = state.get(target);
      if (typeof from === 'number') {
        const ids = [...trail.slice(from).map(({ task }) => task.id ?? ''), dependency.id];
        const path: Path = ['tasks', top.task.index, 'depends_on', dependency.at];
        findings.push(finding(path, `these tasks depend on each other in a cycle: ${cycleText(ids)}`));
      } else if (from === undefined) {
        state.set(target, trail.length);
        trail.push({ task: target, next: 0 });
      }
    }
  }
  return findings;
}

function cycleText(ids: readonly string[]): string {
  if (ids.length <= CYCLE_SHOWN) return ids.join(' → ');
  const half = CYCLE_SHOWN / 2;
  const [head, tail] = [ids.slice(0, half), ids.slice(-half)];
  return [...head, `(${ids.length - CYCLE_SHOWN} more)`, ...tail].join(' → ');
}
