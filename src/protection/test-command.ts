/** What a test command runs: scripts of `package.json`, build files and script files. Pure. */

import { at, entries, text } from './lock-files/manifests.js';

/** Splits a command into words without a shell. Each may be the name of a script or a file. */
export function splitWords(command: string): string[] {
  return command.split(/[\s;&|()<>"'`=]+/).filter((word) => word !== '');
}

/** Programs that run scripts of `package.json` by name. */
const RUNS_SCRIPTS =
  /(?:^|[\s;&|(/"'])(?:npm|pnpm|yarn|bun|npx|npm-run-all2?|run-[sp]|nx|turbo|lerna|wireit|node\s+--run)(?=[\s"']|$)/;
/** Names of test scripts. */
const FOR_TESTS = /(?:^|[:_.-])(?:tests?|specs?|unit|e2e|integration)(?:[:_.-]|$)/i;
/** npm's aliases of `npm test`: `npm t` and `npm tst`. */
const SHORT_FOR_TEST = /(?:^|\W)npm\s+(?:t|tst)(?:\s|$)/;

/**
 * Finds the scripts of `package.json` that run with the tests: those that the commands name, those named after tests,
 * scripts that these call and that call a test runner, and the `pre` and `post` hooks of each.
 *
 * @param scripts commands by script name
 */
export function testScripts(
  scripts: ReadonlyMap<string, string>,
  commands: readonly string[],
): ReadonlySet<string> {
  return calledScripts(scripts, [
    ...[...scripts.keys()].filter((name) => FOR_TESTS.test(name)),
    ...namedScripts(commands),
  ]);
}

/** The names of scripts that commands may mean. */
function namedScripts(commands: readonly string[]): string[] {
  return commands
    .filter((command) => RUNS_SCRIPTS.test(command))
    .flatMap((command) => [...splitWords(command), ...(SHORT_FOR_TEST.test(command) ? ['test'] : [])]);
}

/** The scripts of these names, those that they call and that call a test runner, and the hooks of each. */
function calledScripts(scripts: ReadonlyMap<string, string>, names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const pending = [...names];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (!scripts.has(name) || found.has(name)) continue;
    found.add(name);
    const script = truncateScript(scripts.get(name));
    const called = RUNS_SCRIPTS.test(script) ? splitWords(script) : [];
    pending.push(...called.filter((word) => RUNNERS.test(truncateScript(scripts.get(word)))));
  }
  return new Set([...found].flatMap((name) => [name, `pre${name}`, `post${name}`]));
}

/** Characters of a script that are examined: more than any one-line script has. The patterns take quadratic time. */
const MAX_SCRIPT_LENGTH = 2000;

function truncateScript(script = ''): string {
  return script.slice(0, MAX_SCRIPT_LENGTH);
}

/** Programs that run tests. */
const RUNNERS =
  /(?:^|[\s;&|(/"'])(?:mocha|jest|vitest|ava|tap|tape|jasmine|uvu|karma|playwright|cypress|wdio|cucumber-js|c8|nyc|node\s+(?:\S+\s+)*--test|pytest|unittest|tox|nox|nose2|go\s+test|cargo\s+(?:test|nextest)|rspec|minitest|phpunit|pest|mvn|gradle|ctest|dotnet\s+test|deno\s+test|bun\s+test)(?=[\s"']|$)/;

/** The part of a command after its test runner, up to the next command; null when it starts none by name. */
export function tailOfRunner(command: string): string | null {
  const found = RUNNERS.exec(truncateScript(command));
  return found === null ? null : (command.slice(found.index + found[0].length).split(/[;&|]/, 1)[0] ?? '');
}

/** Build tools and the names of the file that they read, in the order in which the tool looks for them. */
const BUILD_FILES: readonly { readonly program: string; readonly files: readonly string[] }[] = [
  { program: 'make|gmake', files: ['GNUmakefile', 'makefile', 'Makefile'] },
  { program: 'just', files: ['justfile', 'Justfile', '.justfile'] },
  { program: 'task', files: ['Taskfile.yml', 'taskfile.yml', 'Taskfile.yaml', 'taskfile.yaml'] },
  { program: 'rake', files: ['rakefile', 'Rakefile', 'rakefile.rb', 'Rakefile.rb'] },
  { program: 'mage', files: ['magefile.go'] },
  { program: 'inv|invoke', files: ['tasks.py'] },
  { program: 'tox', files: ['tox.ini', 'tox.toml'] },
  { program: 'gulp', files: ['gulpfile.js', 'gulpfile.mjs', 'gulpfile.cjs', 'gulpfile.ts'] },
  { program: 'grunt', files: ['Gruntfile.js', 'Gruntfile.cjs'] },
];

/** The build files that the commands use: for each build tool, the alternative names of its file. */
export function buildFiles(commands: readonly string[]): readonly (readonly string[])[] {
  return BUILD_FILES.filter(({ program }) =>
    commands.some((command) => new RegExp(`(?:^|[\\s;&|(/"'])(?:${program})(?=\\s|$)`).test(command)),
  ).map(({ files }) => files);
}

const SHELL_SCRIPT = /\.(?:sh|bash|zsh|fish|ps1|cmd|bat)$/;
const SCRIPT_FOR_TESTS = /(?:^|[/:_.-])(?:run-?)?(?:tests?|specs?|checks?|verify|ci)(?:[:_.-][\w.-]*)?$/i;
const SCRIPT = /(?:^|\/)[^./][^.]*$|\.(?:[cm]?[jt]s|py|rb|pl|php|lua)$/;

/**
 * The script files that the commands start to run the tests: shell scripts, and other scripts named after tests. Other
 * files that a command names (`node server.js`) may be what the task has to change.
 */
export function invokedScripts(commands: readonly string[]): ReadonlySet<string> {
  const named = commands.flatMap(splitWords).map((word) => word.replace(/^\.\//, ''));
  return new Set(
    named.filter((word) => SHELL_SCRIPT.test(word) || (SCRIPT.test(word) && SCRIPT_FOR_TESTS.test(word))),
  );
}

/** The script files that commands start before the tests: whatever they are named. */
export function startedScripts(commands: readonly string[]): ReadonlySet<string> {
  const named = commands.flatMap(splitWords).map((word) => word.replace(/^\.\//, ''));
  return new Set(named.filter((word) => SHELL_SCRIPT.test(word) || SCRIPT.test(word)));
}

/** Commands, with the scripts of a `package.json` that run with the tests. */
export function withScripts(commands: readonly string[], packageJson: string | null): string[] {
  const scripts = scriptsIn(packageJson);
  return [...commands, ...bodiesOf(scripts, testScripts(scripts, commands))];
}

/** The scripts of a `package.json` that a command runs; none for a command that runs its programs itself. */
export function scriptsOf(command: string, packageJson: string | null): string[] {
  const scripts = scriptsIn(packageJson);
  return bodiesOf(scripts, calledScripts(scripts, namedScripts([command])));
}

function bodiesOf(scripts: ReadonlyMap<string, string>, names: ReadonlySet<string>): string[] {
  return [...names].flatMap((name) => scripts.get(name) ?? []);
}

function scriptsIn(packageJson: string | null): ReadonlyMap<string, string> {
  try {
    const json: unknown = JSON.parse(packageJson ?? '{}');
    return new Map(
      entries(at(json, 'scripts')).map(([name, script]) => [name, truncateScript(text(script))]),
    );
  } catch {
    return new Map();
  }
}
