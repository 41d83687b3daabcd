import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { EXIT_CODE, RESULT_MARKERS } from '../../src/model/result-markers.js';
import { chooseAnswer } from '../../src/model/scripted/choose-answer.js';
import type { ConversationMessage } from '../../src/model/scripted/scripted-request.js';
import { loadScript, type TaskScript } from '../../src/model/scripted/script.js';

/*
 * Plays the bookshop's script against the bookshop's tests with a small independent agent. A mistake in the script can
 * thus be distinguished from one in Leadwright.
 */

const FOLDER = fileURLToPath(new URL('../../examples/bookshop/', import.meta.url));
const PROTECTED = /(\.(test|spec)\.|_test\.|(^|\/)test_|(^|\/)(tests?|__tests__|spec)\/)/;

const TASK = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  agent: z.enum(['backend', 'frontend', 'test']),
  issue: z.string(),
  depends_on: z.array(z.string()).default([]),
  files: z.array(z.string()).default([]),
  test: z.string(),
});
const PLAN = z.object({ test: z.string(), verify: z.string(), tasks: z.array(TASK) });
export type Task = z.output<typeof TASK>;

const EDIT = z.strictObject({ search: z.string(), replace: z.string() });
const CHANGE = z.strictObject({
  path: z.string(),
  action: z.enum(['create', 'modify', 'delete']),
  content: z.string().optional(),
  edits: z.array(EDIT).optional(),
});
const EDITS = z.strictObject({ files: z.array(CHANGE).min(1) });
const COMMAND = z.strictObject({ command: z.string() });
const SUBMISSION = z.strictObject({
  explanation: z.string().min(20),
  files: z.array(CHANGE).min(1).optional(),
});

/** The files of a commit, by path. */
export type Tree = ReadonlyMap<string, string>;

/** The example, read from its folder. */
export interface Bookshop {
  readonly plan: z.output<typeof PLAN>;
  readonly script: TaskScript;
  /** The project as it is before the run. */
  readonly base: Tree;
}

export async function loadBookshop(): Promise<Bookshop> {
  return {
    plan: PLAN.parse(parse(await readFile(join(FOLDER, 'leadwright.yaml'), 'utf8'))),
    script: await loadScript(join(FOLDER, 'script.yaml')),
    base: await readTree(join(FOLDER, 'project/')),
  };
}

async function readTree(folder: string): Promise<Tree> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const kept = paths.filter((path) => !path.includes('__pycache__'));
  return new Map(
    await Promise.all(
      kept.map(async (path) => [path.slice(folder.length), await readFile(path, 'utf8')] as const),
    ),
  );
}

export async function inFolder<T>(tree: Tree, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bookshop-'));
  try {
    for (const [path, content] of tree) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export interface Verdict {
  readonly passed: boolean;
  readonly output: string;
}

const verdicts = new Map<string, Promise<Verdict>>();

/** Runs a command on a tree. The verdict is cached for the same command and tree. */
export function runTest(tree: Tree, command: string): Promise<Verdict> {
  const key = JSON.stringify([command, [...tree].sort()]);
  const verdict = verdicts.get(key) ?? inFolder(tree, (folder) => run(folder, command));
  verdicts.set(key, verdict);
  return verdict;
}

function run(cwd: string, command: string): Promise<Verdict> {
  // Roughly a sandbox's environment: without the variables of the surrounding test runner.
  const env = { PATH: process.env['PATH'], HOME: tmpdir() };
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { cwd, env }, (error, stdout, stderr) =>
      resolve({ passed: error === null, output: stdout + stderr }),
    );
  });
}

/** A task's own test without npm, whose start would take longer than the test. */
export function ownTest(task: Task): string {
  const name = /^npm test -- ([a-z-]+)$/.exec(task.test)?.[1];
  assert.ok(name !== undefined, task.test);
  return `node --test-reporter=spec tools/test.mjs ${name}`;
}

/** Applies changes. Returns the new tree, or the reason for a refusal. */
function apply(tree: Tree, task: Task, files: readonly z.output<typeof CHANGE>[]): Tree | string {
  const next = new Map(tree);
  for (const { path, action, content, edits } of files) {
    const before = next.get(path);
    if (before !== undefined && task.agent !== 'test' && PROTECTED.test(path)) return `${path} is protected`;
    if ((action === 'create') !== (before === undefined)) return `${path}: cannot ${action}`;
    let after = content ?? before ?? '';
    for (const { search, replace } of edits ?? []) {
      if (after.split(search).length !== 2) return `${path}: ${search} does not match once`;
      after = after.replace(search, () => replace);
    }
    if (action === 'delete') next.delete(path);
    else next.set(path, after);
  }
  return next;
}

export interface Work {
  readonly tree: Tree;
  readonly messages: ConversationMessage[];
  readonly outcomes: readonly string[];
}

export function begin(task: Task, tree: Tree): Work {
  return {
    tree,
    messages: [{ role: 'user', content: `# ${task.title}\n\n${task.description}` }],
    outcomes: [],
  };
}

/** The conversation after a call of a tool and its result. */
export function reply(messages: readonly ConversationMessage[], result: string): ConversationMessage[] {
  const id = `call-${messages.length}`;
  return [
    ...messages,
    { role: 'assistant', content: [{ type: 'tool_use', id, name: 'any', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: result }] },
  ];
}

/** Continues a task until its tests pass. */
export async function work(
  script: TaskScript,
  task: Task,
  { tree, messages, outcomes }: Work,
): Promise<Work> {
  const { tools, text } = chooseAnswer(script, messages);
  assert.ok(tools !== undefined, `${task.id}: ${text ?? ''}`);
  let draft = tree;
  let outcome = 'tool';
  let result = 'what was read';
  for (const { name, input } of tools) {
    switch (name) {
      case 'edit_files': {
        const next = apply(draft, task, EDITS.parse(input).files);
        assert.ok(typeof next !== 'string', task.id);
        draft = next;
        break;
      }
      case 'run_command': {
        assert.equal(COMMAND.parse(input).command, task.test);
        const { passed } = await runTest(draft, ownTest(task));
        if (!passed) outcome = 'tried';
        result = `${EXIT_CODE} ${passed ? 0 : 1}.`;
        break;
      }
      case 'submit_changes': {
        const next = apply(draft, task, SUBMISSION.parse(input).files ?? []);
        if (typeof next === 'string') {
          outcome = 'refused';
          result = `${RESULT_MARKERS.refused} ${next}`;
          break;
        }
        draft = next;
        if ((await runTest(draft, ownTest(task))).passed) {
          return { tree: draft, messages, outcomes: [...outcomes, 'green'] };
        }
        outcome = 'red';
        result = RESULT_MARKERS.red;
      }
    }
  }
  return work(script, task, {
    tree: draft,
    messages: reply(messages, result),
    outcomes: [...outcomes, outcome],
  });
}

export interface Played {
  readonly tree: Tree;
  /** The outcomes of each task by id, such as `red green`; `tried`: a command of the agent failed. */
  readonly outcomes: Readonly<Record<string, string>>;
}

/** Plays all tasks one after the other. `tasks` must be in an order that respects the dependencies. */
export async function playAll({ script, base }: Bookshop, tasks: readonly Task[]): Promise<Played> {
  let tree = base;
  const outcomes: Record<string, string> = {};
  for (const task of tasks) {
    const done = await work(script, task, begin(task, tree));
    tree = done.tree;
    outcomes[task.id] = done.outcomes.join(' ');
  }
  return { tree, outcomes };
}

/** An order with dependencies first; among ready tasks, the last one in the plan comes first. */
export function backwards(tasks: readonly Task[]): Task[] {
  const order: Task[] = [];
  while (order.length < tasks.length) {
    const ready = tasks.findLast(
      (task) => !order.includes(task) && task.depends_on.every((id) => order.some((done) => done.id === id)),
    );
    assert.ok(ready, 'the dependencies form a cycle');
    order.push(ready);
  }
  return order;
}
