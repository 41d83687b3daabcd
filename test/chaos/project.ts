/** The project of every chaos run. The changes of its tasks commute, so that the final tree is always the same. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../../src/model/scripted/script.js';
import { SERVER } from '../support/mcp-servers.js';
import { creates, submits } from '../support/model.js';
import { makeProject, TEST_COMMAND, type TestProject } from '../support/project.js';
import { startSleeper } from './sleepers.js';

interface ChaosTask {
  readonly id: string;
  readonly dependsOn?: readonly string[];
  readonly answers: readonly Answer[];
  /** A question that it asks first, in a run with a person. */
  readonly asks?: string;
}

const MCP_SERVER = 'notes';

/** Long enough for a fault to hit it, short enough that a run takes seconds. */
const ANSWER_MS = 60;
const TEST_SECONDS = 0.2;

const delay = { delay: ANSWER_MS };

/** Fails its test at first, and is fixed by a correction. */
function redFirst(path: string): readonly Answer[] {
  return [
    creates(path, 'broken\n', delay),
    submits([{ path, action: 'modify', content: 'mended\n' }], { on: 'red', ...delay }),
  ];
}

/** Edits its draft, runs a command that writes a file from it, calls an MCP server, and submits the draft. */
function onDraft(path: string, sleepers: string): readonly Answer[] {
  const files = [{ path, action: 'create', content: 'draft\n' }];
  const kept = `kept-${path}`;
  const command = `${startSleeper(sleepers, 'command')} sleep ${TEST_SECONDS}; cp ${path} ${kept}`;
  return [
    { tools: [{ name: 'edit_files', input: { files } }], ...delay },
    { tools: [{ name: 'run_command', input: { command, keep: [kept] } }], ...delay },
    { tools: [{ name: `${MCP_SERVER}__echo`, input: { say: 'draft' } }], ...delay },
    { tools: [{ name: 'submit_changes', input: { explanation: 'Done.' } }], ...delay },
  ];
}

/** Reads a file first. If a task that lands meanwhile changes that file, the merged tree is tested again. */
function readFirst(read: string, path: string): readonly Answer[] {
  return [
    { tools: [{ name: 'read_file', input: { path: read } }], ...delay },
    creates(path, 'read\n', { on: 'tool', ...delay }),
  ];
}

const tasksOf = (sleepers: string): readonly ChaosTask[] => [
  { id: 'one', answers: [creates('one.txt', 'one\n', delay)] },
  { id: 'two', answers: redFirst('two.txt') },
  { id: 'three', dependsOn: ['one'], answers: onDraft('three.txt', sleepers) },
  { id: 'four', dependsOn: ['one', 'two'], answers: readFirst('one.txt', 'four.txt') },
  {
    id: 'five',
    asks: 'Higher than the top?',
    answers: [
      submits(
        [{ path: 'shared.txt', action: 'modify', edits: [{ search: 'top', replace: 'summit' }] }],
        delay,
      ),
    ],
  },
  { id: 'six', answers: readFirst('shared.txt', 'six.txt') },
  { id: 'seven', dependsOn: ['five', 'six'], answers: redFirst('seven.txt') },
];

/** The tasks, where their commands do not matter. */
const TASKS = tasksOf('');

/** The task that edits its draft in its first turn, runs a command in its second and calls a server in its third. */
export const DRAFTING = 'three';

/** The task that asks a question, in a run with a person. */
export const ASKING = 'five';

/** The model's answers for a task. With `person`, a task with a question asks it first. */
function answersOf({ answers, asks }: ChaosTask, person: boolean): Answer[] {
  if (asks === undefined || !person) return [...answers];
  return [{ tools: [{ name: 'ask_human', input: { question: asks } }], ...delay }, ...answers];
}

/** The number of model calls of an undisturbed run. */
export function callsNeeded(person: boolean): number {
  return TASKS.reduce((sum, task) => sum + answersOf(task, person).length, 0);
}

export const TASK_COUNT = TASKS.length;

/** The dependencies of each task. */
export const DEPENDS_ON: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  TASKS.map(({ id, dependsOn = [] }) => [id, dependsOn]),
);

/** Where the server of a run writes its calls. */
function mcpLog(folder: string, run: string): string {
  return join(folder, `${run}-calls.log`);
}

/** How often the server of a run was called; one call is asked for. */
export function mcpCallsOf(folder: string, run: string): number {
  const log = mcpLog(folder, run);
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').length : 0;
}

/** A title that includes the run, so that the model can tell runs apart. */
function titleOf(run: string, task: string): string {
  return `${run}: write ${task}`;
}

/** Creates the run's repository and plan. `sleepers` names the processes that its commands leave behind. */
export function chaosProject(folder: string, run: string, sleepers: string): TestProject {
  const tasks = TASKS.map(({ id, dependsOn = [] }) => ({
    id,
    title: titleOf(run, id),
    depends_on: dependsOn,
    files: id === ASKING ? ['shared.txt'] : [],
    mcp: id === DRAFTING ? [MCP_SERVER] : [],
  }));
  // Outside of the sandbox, so that its log shows how often it was called.
  const program = join(folder, `${run}-server.mjs`);
  writeFileSync(program, SERVER);
  const test = `${startSleeper(sleepers, 'test')} sleep ${TEST_SECONDS}; ${TEST_COMMAND}`;
  const server = { command: process.execPath, args: [program, 'plain', mcpLog(folder, run)], trusted: true };
  return makeProject(folder, run, tasks, {
    mcp: { [MCP_SERVER]: server },
    files: { 'README.md': 'Read me.\n', 'shared.txt': 'top\nmiddle\nbottom\n' },
    test,
    // Another command than the test: that may have run on the same tree, and its verdict would be used again.
    verify: `${test} # on the branch`,
    setup: `${startSleeper(sleepers, 'setup')} mkdir -p installed && echo ready > installed/state`,
    concurrency: 4,
  });
}

/** The answers of the run's tasks by title, and the task of each title. */
export function scriptOf(
  run: string,
  person: boolean,
  sleepers: string,
): {
  readonly tasks: Record<string, Answer[]>;
  readonly taskOfTitle: ReadonlyMap<string, string>;
} {
  return {
    tasks: Object.fromEntries(
      tasksOf(sleepers).map((task) => [titleOf(run, task.id), answersOf(task, person)]),
    ),
    taskOfTitle: new Map(TASKS.map(({ id }) => [titleOf(run, id), id])),
  };
}
