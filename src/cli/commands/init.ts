import { readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { UsageError, type ExitCode } from '../../contract/errors.js';
import type { Environment } from '../../shared/config.js';
import { errorCode } from '../../shared/error-code.js';
import { readPlainBytes } from '../../git/user/plain-file.js';
import { inspectRepository } from '../../git/user/user-repository.js';
import { PLAN_FILE, PLAN_SCHEMA_FILE } from '../../contract/names.js';
import { detectLanguage, languageTemplate, LANGUAGES, type Language } from '../../plan/language-templates.js';
import { detectTest, planJsonSchema, planTemplate } from '../../plan/plan-template.js';
import { findTestExtras } from '../../plan/python-package.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { print, printResult } from '../print/output.js';

interface InitOptions extends JsonOption {
  readonly repo: string;
  readonly template?: Language;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option('--repo <dir>', 'the repository', '.')
    .addOption(
      new Option(
        '--template <language>',
        'with what the sandbox needs for the language; by default the one whose lock file or Python package is there',
      ).choices(LANGUAGES),
    )
    .action((options: InitOptions) => act((env) => init(env, options)));
  addExamples(command, 'leadwright init', 'leadwright init --template python');
}

/** Far more than a manifest has. Of a link, a pipe or a device, nothing is read: its end may never come. */
const MAX_MANIFEST_BYTES = 1024 * 1024;

/** Writes a plan at the root of the repository, and beside it the JSON Schema that an editor checks it against. */
async function init(env: Environment, options: InitOptions): Promise<ExitCode> {
  const { root } = await inspectRepository(resolve(options.repo));
  const files = await readdir(root);
  const read = async (name: string): Promise<string | undefined> =>
    (await readPlainBytes(join(root, name), MAX_MANIFEST_BYTES))?.toString('utf8');
  const detected = detectTest(files, await read('package.json'));
  const extras = findTestExtras((await read('pyproject.toml')) ?? '');
  // One that only configures tools installs nothing.
  const telling = extras === null ? files.filter((name) => name !== 'pyproject.toml') : files;
  const language = options.template ?? detectLanguage(telling);
  const sandbox = language === null ? null : languageTemplate(language, telling, detected, extras ?? []);
  const test = sandbox?.test ?? detected;
  const plan = join(root, PLAN_FILE);
  const isSet = (variable: string) => env[variable] !== undefined;
  const text = planTemplate({ name: basename(root), test, sandbox, isSet });
  await writeFile(plan, text, { flag: 'wx' }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
    throw new UsageError(
      `${plan} exists already and was not changed. To write a new one, move it away first`,
    );
  });
  const schema = join(root, PLAN_SCHEMA_FILE);
  // A link of the repository may lead to any file of the person.
  await rm(schema, { force: true });
  await writeFile(schema, `${JSON.stringify(planJsonSchema(), null, 2)}\n`, { flag: 'wx' });
  return printResult(options, { plan, schema, test, setup: sandbox?.setup ?? null }, () => {
    print(`Wrote ${plan} and ${schema}.`);
    print(
      test === null
        ? 'Set `test` in the plan to the command that runs your tests.'
        : `Your tests run with: ${test}`,
    );
    if (sandbox !== null) print(`Before them, in the sandbox: ${sandbox.setup}`);
    print('Next: describe your tasks there, then check the plan with:  leadwright run --dry-run');
  });
}
