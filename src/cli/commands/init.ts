import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { UsageError, type ExitCode } from '../../contract/errors.js';
import { errorCode } from '../../shared/error-code.js';
import { inspectRepository } from '../../git/user/user-repository.js';
import { detectTest, planJsonSchema, planTemplate, SCHEMA_FILE } from '../../plan/plan-template.js';
import { addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printResult } from '../output.js';

interface InitOptions extends JsonOption {
  readonly repo: string;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option('--repo <dir>', 'the repository', '.')
    .action((options: InitOptions) => act(() => init(options)));
}

/** Writes a plan at the root of the repository, and beside it the JSON Schema that an editor checks it against. */
async function init(options: InitOptions): Promise<ExitCode> {
  const { root } = await inspectRepository(resolve(options.repo));
  const files = await readdir(root);
  const packageJson = files.includes('package.json')
    ? await readFile(join(root, 'package.json'), 'utf8')
    : undefined;
  const test = detectTest(files, packageJson);
  const plan = join(root, 'leadwright.yaml');
  await writeFile(plan, planTemplate({ name: basename(root), test }), { flag: 'wx' }).catch(
    (error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
      throw new UsageError(
        `${plan} exists already and was not changed. To write a new one, move it away first`,
      );
    },
  );
  const schema = join(root, SCHEMA_FILE);
  await writeFile(schema, `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
  return printResult(options, { plan, schema, test }, () => {
    print(`Wrote ${plan} and ${schema}.`);
    print(
      test === null
        ? 'Set `test` in the plan to the command that runs your tests.'
        : `Your tests run with: ${test}`,
    );
    print('Next: describe your tasks there, then check the plan with:  leadwright run --dry-run');
  });
}
