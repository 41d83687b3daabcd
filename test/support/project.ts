import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ObjectFormat } from '../../src/git/objects/object-name.js';
import { creates, type TestModel } from './model.js';
import { makeRepository, type TestFiles, type TestRepository } from './repository.js';

/** A task of a plan; missing keys are filled in. */
export interface TestTask {
  readonly id: string;
  readonly title: string;
  readonly [key: string]: unknown;
}

/** A user's repository and a plan for it. */
export interface TestProject {
  readonly repository: TestRepository;
  readonly plan: string;
  /** The options of `run` that name both. */
  readonly options: readonly string[];
}

/** The plan's test: passes as long as no text file contains "broken". */
export const TEST_COMMAND = '! grep -rq broken . --include=*.txt';

export function makeProject(
  folder: string,
  name: string,
  tasks: readonly TestTask[],
  {
    files = { 'README.md': 'Read me.\n' },
    objectFormat,
    ...more
  }: {
    readonly files?: TestFiles;
    readonly objectFormat?: ObjectFormat;
    readonly [key: string]: unknown;
  } = {},
): TestProject {
  const repository = makeRepository(join(folder, name), files, objectFormat);
  const plan = join(folder, `${name}.yaml`);
  const described = tasks.map((task) => ({ description: `Do what ${task.id} needs.`, ...task }));
  writeFileSync(plan, stringify({ name, test: TEST_COMMAND, ...more, tasks: described }));
  return { repository, plan, options: ['--repo', repository.root, '--plan', plan] };
}

/** Two tasks, one after the other, each of which creates a file. `delays` of their answers give a test time to act. */
export function makeTwoTasks(
  model: Pick<TestModel, 'answers'>,
  folder: string,
  name: string,
  delays: Readonly<Record<'one' | 'two', number>>,
): TestProject {
  for (const id of ['one', 'two'] as const) {
    model.answers(`${name} ${id}`, [creates(`${id}.txt`, 'x', { delay: delays[id] })]);
  }
  return makeProject(folder, name, twoTasks(name));
}

/** The tasks of that plan. */
export function twoTasks(name: string): readonly TestTask[] {
  return [
    { id: 'one', title: `${name} one` },
    { id: 'two', title: `${name} two`, depends_on: ['one'] },
  ];
}
