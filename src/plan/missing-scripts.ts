import { didYouMean } from './did-you-mean.js';
import type { Plan, PlanTask } from './plan-schema.js';

/** A command that runs one script of the `package.json` at the root by its name. */
const RUN_SCRIPT = /(?:^|[;&|(]\s*)(?:npm|pnpm|yarn|bun)\s+(?:run|run-script)\s+([\w@:./-]+)/g;
/** npm's own name for the script `test`. */
const TEST_SCRIPT = /(?:^|[;&|(]\s*)npm\s+(?:test|tst|t)(?=\s|$)/;
/** What makes a command look elsewhere, or accept that the script is missing. */
const ELSEWHERE =
  /\bcd\s|--prefix\b|--dir\b|--cwd\b|\s-(?:C|w|F|r)\b|--workspaces?\b|--filter\b|--if-present\b/;

/**
 * Warns of commands that run a script which `package.json` does not have at the base, one sentence each. A task may add it, so
 * this is no error; but `verify` runs when all the money is spent. Pure.
 *
 * @param scripts the names of the scripts of the `package.json` at the root; null when there is no such file
 */
export function missingScriptWarnings(
  { setup, verify }: Pick<Plan, 'setup' | 'verify'>,
  tasks: readonly Pick<PlanTask, 'id' | 'test'>[],
  scripts: readonly string[] | null,
): string[] {
  const tests = new Map<string, string[]>();
  for (const { id, test } of tasks) tests.set(test, [...(tests.get(test) ?? []), id]);
  const commands: [string, string | null][] = [
    ['`setup`', setup],
    ...[...tests].map(([test, [first = '', ...more]]): [string, string] => [
      `the test of the task ${first}${more.length === 0 ? '' : ` and of ${more.length} more`}`,
      test,
    ]),
    ['`verify`', verify],
  ];
  return commands.flatMap(([what, command]) =>
    command === null
      ? []
      : scriptsRunBy(command)
          .filter((script) => scripts?.includes(script) !== true)
          .map((script) => describe(what, command, script, scripts)),
  );
}

function scriptsRunBy(command: string): string[] {
  if (ELSEWHERE.test(command)) return [];
  const named = [...command.matchAll(RUN_SCRIPT)].map(([, script = '']) => script);
  return [...new Set([...named, ...(TEST_SCRIPT.test(command) ? ['test'] : [])])];
}

function describe(what: string, command: string, script: string, scripts: readonly string[] | null): string {
  const why =
    scripts === null
      ? 'there is no package.json at the base'
      : `package.json has no script ${script} at the base${didYouMean(script, scripts)}`;
  return `${what} (${command}) cannot run unless a task changes that: ${why}`;
}
