/** A Python project of small modules. Each has a pytest file that fails until the module is implemented. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initRepository, writePlanFile, type Project } from './project.js';

/** The module of a task, by its number from 1 on. */
export function pathOf(module: number): string {
  return `modules/module_${module}.py`;
}

/** The command that tests a module. */
export function testOf(module: number): readonly [string, ...string[]] {
  return ['python3', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', `tests/test_module_${module}.py`];
}

/** How the description of a task names its module; the model server looks for it. */
export function wishFor(module: number): string {
  return `Implement module number ${module}.`;
}

/** The number of the module that a conversation is about; undefined when it is about none. */
export function wishedModule(text: string): number | undefined {
  const found = /Implement module number (\d+)\./.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The implementation that passes the module's test. */
export function solutionOf(module: number): string {
  return `"""Module ${module}."""\n\n\ndef total(values):\n    return sum(values) + ${module}\n`;
}

function stubOf(module: number): string {
  return `"""Module ${module}."""\n\n\ndef total(values):\n    raise NotImplementedError\n`;
}

function testFileOf(module: number): string {
  return [
    `from modules.module_${module} import total`,
    '',
    '',
    'def test_nothing():',
    `    assert total([]) == ${module}`,
    '',
    '',
    'def test_some():',
    `    assert total([1, 2]) == ${module + 3}`,
    '',
  ].join('\n');
}

/** Creates the repository and a plan with one task for each module, whose test is not tried at the task's start. */
export async function makePytestProject(parent: string, modules: number): Promise<Project> {
  const repository = join(parent, 'pytest');
  const numbers = Array.from({ length: modules }, (_, index) => index + 1);
  await mkdir(join(repository, 'modules'), { recursive: true });
  await mkdir(join(repository, 'tests'));
  for (const module of numbers) {
    await writeFile(join(repository, pathOf(module)), stubOf(module));
    await writeFile(join(repository, `tests/test_module_${module}.py`), testFileOf(module));
  }
  await initRepository(repository);
  const plan = await writePlanFile(join(parent, 'pytest.yaml'), {
    name: 'bench-pytest',
    // The base has to pass the plan's test, and no module does.
    test: 'true',
    try_first: false,
    tasks: numbers.map((module) => ({
      id: `module-${module}`,
      title: `Module ${module}`,
      description: wishFor(module),
      files: [pathOf(module)],
      test: testOf(module).join(' '),
    })),
  });
  return { repository, plan };
}
