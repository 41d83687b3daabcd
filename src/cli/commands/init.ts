import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { EXIT, UsageError, type ExitCode } from '../../contract/errors.js';
import { inspectRepository } from '../../git/user/user-repository.js';
import { detectTest, planJsonSchema, planTemplate, SCHEMA_FILE } from '../../plan/plan-template.js';
import { print, printJson } from '../output.js';

/** `leadwright init`: a plan to start from at the repository's root, and its JSON Schema for the editor. */
export async function init({
  repo,
  json,
}: {
  readonly repo?: string;
  readonly json?: boolean;
}): Promise<ExitCode> {
  const { root } = await inspectRepository(resolve(repo ?? '.'));
  const files = await readdir(root);
  const packageJson = files.includes('package.json')
    ? await readFile(join(root, 'package.json'), 'utf8')
    : undefined;
  const test = detectTest(files, packageJson);
  const plan = join(root, 'leadwright.yaml');
  await writeFile(plan, planTemplate({ name: basename(root), test }), { flag: 'wx' }).catch(
    (error: unknown) => {
      if (!isExisting(error)) throw error;
      throw new UsageError(`${plan} exists already and is left as it is`);
    },
  );
  const schema = join(root, SCHEMA_FILE);
  await writeFile(schema, `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
  if (json === true) printJson({ plan, schema, test });
  else {
    print(`Wrote ${plan} and ${schema}.`);
    print(test === null ? 'Fill in `test`: how your tests are run.' : `Your tests run with: ${test}`);
    print('Next: describe your tasks there, then  leadwright run --dry-run --repo .');
  }
  return EXIT.completed;
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
