/** Temporary projects: a repository, and plans of independent tasks. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A repository, and a plan for it. */
export interface Project {
  readonly repository: string;
  readonly plan: string;
}

/** The name of a model that makes `calls` calls for a task, each after `waitMs` milliseconds: see model-server.ts. */
export function modelName(waitMs: number, calls = 1): string {
  return calls === 1 ? `wait-${waitMs}` : `wait-${waitMs}-${calls}`;
}

/** The name of a model that answers after up to `longestMs` milliseconds. */
export function unevenModel(longestMs: number): string {
  return `uneven-${longestMs}`;
}

/** A file that the repository has for tasks to change. */
function pathOf(file: number): string {
  return `made/${file}.txt`;
}

/** The file that a conversation is to change, as `writePlan` words it; undefined when it is about another task. */
export function wishedFile(text: string): string | undefined {
  return /Change the file (made\/\d+\.txt)\./.exec(text)?.[1];
}

/** Creates the repository, with `files` files for the tasks to change. Returns its folder. */
export async function makeRepository(parent: string, files: number): Promise<string> {
  const folder = join(parent, 'repository');
  await mkdir(join(folder, 'made'), { recursive: true });
  for (let at = 0; at < files; at++) await writeFile(join(folder, pathOf(at)), 'Not changed yet.\n');
  await writeFile(join(folder, 'README.md'), 'A project to measure with.\n');
  await initRepository(folder);
  return folder;
}

/** Makes a folder a repository whose first commit holds all its files. */
export async function initRepository(folder: string): Promise<void> {
  await git(folder, 'init', '--quiet');
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message=The start');
}

/**
 * Writes a plan of independent tasks with a test that does nothing. Returns its file.
 * @param files how many of the repository's files the tasks change in turn; with 0, each task makes a new one
 */
export async function writePlan(parent: string, tasks: number, files = 0): Promise<string> {
  return writePlanFile(join(parent, `plan-${tasks}-${files}.yaml`), {
    name: 'bench',
    test: 'true',
    tasks: Array.from({ length: tasks }, (_, index) => ({
      id: `task-${index + 1}`,
      title: `Write file ${index + 1}`,
      ...(files === 0 ? { description: 'Make one small file.' } : wishFor(pathOf(index % files))),
    })),
  });
}

/** A submission may only modify a file that the task was shown. */
function wishFor(path: string) {
  return { description: `Change the file ${path}.`, files: [path] };
}

/** Writes a plan. Returns its file. */
export async function writePlanFile(file: string, plan: object): Promise<string> {
  // JSON is YAML.
  await writeFile(file, JSON.stringify(plan, null, 2));
  return file;
}

async function git(folder: string, ...args: readonly string[]): Promise<void> {
  // Ignores the user's configuration: no signing, no hooks, no templates.
  const isolated = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  const identity = ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost'];
  await promisify(execFile)('git', ['-C', folder, ...identity, ...args], {
    env: { PATH: process.env['PATH'], ...isolated },
  });
}
