/** A temporary project: a repository with one file, and plans of independent tasks. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The name of a model that makes `calls` calls for a task, each after `waitMs` milliseconds: see model-server.ts. */
export function modelName(waitMs: number, calls = 1): string {
  return calls === 1 ? `wait-${waitMs}` : `wait-${waitMs}-${calls}`;
}

/** The name of a model that changes `files` files in turn, one for each task. */
export function changingModel(files: number): string {
  return `change-${files}`;
}

/** Creates the repository, with `files` files for the tasks to change. Returns its folder. */
export async function makeRepository(parent: string, files: number): Promise<string> {
  const folder = join(parent, 'repository');
  await mkdir(join(folder, 'made'), { recursive: true });
  for (let at = 0; at < files; at++) await writeFile(join(folder, 'made', `${at}.txt`), 'Not changed yet.\n');
  await writeFile(join(folder, 'README.md'), 'A project to measure with.\n');
  await git(folder, 'init', '--quiet');
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message=The start');
  return folder;
}

/** Writes a plan of independent tasks with a test that does nothing. Returns its file. */
export async function writePlan(parent: string, tasks: number): Promise<string> {
  const file = join(parent, `plan-${tasks}.yaml`);
  const plan = {
    name: 'bench',
    test: 'true',
    tasks: Array.from({ length: tasks }, (_, index) => ({
      id: `task-${index + 1}`,
      title: `Make file ${index + 1}`,
      description: 'Make one small file.',
    })),
  };
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
