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
    const called = calledBy(scripts, truncateScript(scripts.get(name)));
    pending.push(
      ...called.filter((each) => !FOR_WORK.test(each) || RUNNERS.test(truncateScript(scripts.get(each)))),
    );
  }
  return new Set([...found].flatMap((name) => [name, `pre${name}`, `post${name}`]));
}

/** Programs that look for a script of `package.json` before an installed program, and how their commands go on. */
const SCRIPT_FIRST = /(?:^|[\s(/"'])(?:yarn|pnpm|bun)\s([^;&|\n]*)/g;

/** Names that commands give to programs which would take a script of `package.json` for them, if there were one. */
export function namesForScripts(
  scripts: ReadonlyMap<string, string>,
  commands: readonly string[],
): ReadonlySet<string> {
  const called = [...testScripts(scripts, commands)].map((name) => scripts.get(name));
  const found = [...commands, ...called].flatMap((command) =>
    [...truncateScript(command).matchAll(SCRIPT_FIRST)].flatMap(([, rest = '']) => {
      const words = splitWords(rest);
      const known = words.findIndex((word) => scripts.has(word));
      // What follows a script belongs to that.
      return known < 0 ? words : words.slice(0, known);
    }),
  );
  return new Set(found);
}

/** The names of the scripts that a command calls through npm or its like, which may name several with `*`. */
function calledBy(scripts: ReadonlyMap<string, string>, command: string): string[] {
  const words = new Set(RUNS_SCRIPTS.test(command) ? splitWords(command) : []);
  const starts = [...words]
    .filter((word) => word.includes('*'))
    .map((word) => word.slice(0, word.indexOf('*')));
  return [...scripts.keys()].filter(
    (name) => words.has(name) || starts.some((start) => name.startsWith(start)),
  );
}

/**
 * Names of scripts that build or start what the tests are about, and do not judge it. Ordinary work changes them, also
 * when a test script calls them.
 */
const FOR_WORK =
  /^(?:pre|post)?(?:build|compile|bundle|transpile|generate|codegen|clean|start|serve|dev|watch|lint|format|typecheck|types)(?:[:_.-]|$)/i;

/** Scripts that npm and others run by themselves, at install or when a package is made. */
const LIFECYCLE =
  /^(?:(?:pre|post)?(?:install|prepare|uninstall|pack|publish)|prepublishOnly|dependencies|(?:pre|post)?pnpm:[\w:]+|pnpm:devPreinstall)$/;

/** The scripts of a `package.json` that run at install, with those that they call, whatever their names. */
export function installScripts(
  scripts: ReadonlyMap<string, string>,
  commands: readonly string[],
): ReadonlySet<string> {
  const found = new Set<string>();
  const pending = [
    ...[...scripts.keys()].filter((name) => LIFECYCLE.test(name)),
    ...commands.flatMap((command) => calledBy(scripts, command)),
  ];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    pending.push(
      ...calledBy(scripts, truncateScript(scripts.get(name))),
      ...[`pre${name}`, `post${name}`].filter((hook) => scripts.has(hook)),
    );
  }
  return found;
}

/** What runs at install: commands, with the scripts of a `package.json` that run then. */
export function withInstallScripts(commands: readonly string[], packageJson: string | null): string[] {
  const scripts = scriptsIn(packageJson);
  return [...commands, ...bodiesOf(scripts, installScripts(scripts, commands))];
}

/** Characters of a script that are examined: more than any one-line script has. The patterns take quadratic time. */
const MAX_SCRIPT_LENGTH = 2000;

function truncateScript(script = ''): string {
  return script.slice(0, MAX_SCRIPT_LENGTH);
}

/** Programs that run tests. */
const RUNNERS =
  /(?:^|[\s;&|(/"'])(?:mocha|jest|vitest|ava|tap|tape|jasmine|uvu|karma|playwright|cypress|wdio|cucumber-js|c8|nyc|node\s+(?:\S+\s+)*--test|pytest|unittest|tox|nox|nose2|go\s+test|cargo\s+(?:test|nextest)|rspec|minitest|phpunit|pest|mvn|gradle|ctest|dotnet\s+test|deno\s+test|bun\s+test)(?=[\s"']|$)/;

/** Interpreters, by name. */
const INTERPRETER = /(?:^|\/)(?:python[\d.]*|pypy[\d.]*|node|ruby|php|perl|bash|sh|deno|bun|java)$/;
/** Folders that set-up or a build makes. */
const MADE_FOLDER =
  /(?:^|\/)(?:\.?venv|node_modules|build|_build|target|out|dist|obj|[Dd]ebug|[Rr]elease|cmake-build[\w-]*)\//;

/** Whether a program at this path is made by set-up or by a build, if it is not in the repository: no task writes it. */
export function isMadeProgram(path: string): boolean {
  return INTERPRETER.test(path) || RUNNERS.test(path) || MADE_FOLDER.test(path);
}

/** The part of a command after its test runner, up to the next command; null when it starts none by name. */
export function tailOfRunner(command: string): string | null {
  const found = RUNNERS.exec(truncateScript(command));
  return found === null ? null : (command.slice(found.index + found[0].length).split(/[;&|]/, 1)[0] ?? '');
}

/** Build tools and the names of the file that they read, in the order in which the tool looks for them. */
const BUILD_FILE_NAMES: readonly { readonly program: string; readonly files: readonly string[] }[] = [
  { program: 'make|gmake', files: ['GNUmakefile', 'makefile', 'Makefile'] },
  { program: 'make|gmake', files: ['Makefile.am'] },
  { program: 'cargo\\s+make|makers', files: ['Makefile.toml'] },
  { program: 'mill', files: ['build.mill', 'build.mill.yaml', 'build.sc'] },
  { program: 'bb', files: ['bb.edn'] },
  { program: 'just', files: ['justfile', 'Justfile', '.justfile'] },
  {
    program: 'task',
    files: [
      ...['Taskfile.yml', 'taskfile.yml', 'Taskfile.yaml', 'taskfile.yaml'],
      ...['Taskfile.dist.yml', 'taskfile.dist.yml', 'Taskfile.dist.yaml', 'taskfile.dist.yaml'],
    ],
  },
  { program: 'rake', files: ['rakefile', 'Rakefile', 'rakefile.rb', 'Rakefile.rb'] },
  { program: 'mage', files: ['magefile.go'] },
  { program: 'inv|invoke', files: ['tasks.py'] },
  { program: 'tox', files: ['tox.ini', 'tox.toml'] },
  { program: 'gulp', files: ['gulpfile.js', 'gulpfile.mjs', 'gulpfile.cjs', 'gulpfile.ts'] },
  { program: 'grunt', files: ['Gruntfile.js', 'Gruntfile.cjs'] },
  { program: 'ant', files: ['build.xml'] },
  { program: 'meson', files: ['meson.build'] },
  { program: 'scons', files: ['SConstruct', 'Sconstruct', 'sconstruct'] },
  { program: 'doit', files: ['dodo.py'] },
  { program: 'hatch', files: ['hatch.toml'] },
  { program: 'pixi', files: ['pixi.toml'] },
  { program: 'pants', files: ['pants.toml'] },
  { program: 'zig', files: ['build.zig'] },
  { program: 'rebar3', files: ['rebar.config'] },
  { program: 'forge', files: ['foundry.toml'] },
  { program: 'stack', files: ['stack.yaml'] },
  { program: 'cabal', files: ['cabal.project', 'cabal.project.local', 'cabal.project.freeze'] },
  { program: 'cabal|stack', files: ['Setup.hs', 'Setup.lhs'] },
  { program: 'dune', files: ['dune-workspace'] },
  { program: 'lein', files: ['project.clj'] },
  { program: 'lein', files: ['profiles.clj'] },
  { program: 'clj|clojure', files: ['deps.edn'] },
];

const BUILD_FILES = BUILD_FILE_NAMES.map(({ program, files }) => ({
  program: startsProgram(program),
  files,
}));

/** A pattern for commands that start one of some programs, whose names `|` separates. */
export function startsProgram(names: string): RegExp {
  return new RegExp(`(?:^|[\\s;&|(/"'])(?:${names})(?=\\s|$)`);
}

/** Runners of tasks in many packages, and others whose files decide what a command of theirs does, also new ones. */
const TASK_RUNNER =
  /(?:^|[\s;&|(/"'])(?:nx|turbo|lerna|lage|moon|rush|ng|bazel|bazelisk|dart|flutter|busted|rake|mage|inv|invoke|rebar3|scons|poe)(?=[\s"']|$)/;
const TASK_RUNNER_FILE =
  /(?:^|\/)(?:(?:nx|project|turbo|lerna|rush|angular)\.json|lage\.config\.[cm]?js|moon\.yml|common\/config\/rush\/command-line\.json|\.bazel(?:rc|version|iskrc|ignore)|WORKSPACE(?:\.bazel|\.bzlmod)?|tools\/bazel|dart_test\.yaml|\.busted|\.nxignore|rakelib\/[^/]+\.rake|magefiles\/[^/]+\.go|invoke\.(?:ya?ml|json|py)|tasks\/__init__\.py|rebar\.config\.script|site_scons\/.+|poe_tasks\.(?:toml|ya?ml|json|py))$/;

/** Whether a file at this path tells a runner of tasks that the commands use what a task does. */
export function configuresTaskRunner(path: string, commands: readonly string[]): boolean {
  return TASK_RUNNER_FILE.test(path) && commands.some((command) => TASK_RUNNER.test(command));
}

/** The build files that the commands use: for each build tool, the alternative names of its file. */
export function buildFiles(commands: readonly string[]): readonly (readonly string[])[] {
  return BUILD_FILES.filter(({ program }) => commands.some((command) => program.test(command))).map(
    ({ files }) => files,
  );
}

/** The names that a build file of this name may have, when the commands run that kind of build; null otherwise. */
export function buildFileNames(name: string, commands: readonly string[]): readonly string[] | null {
  // Few files have such a name, so few patterns are tried.
  const tool = BUILD_FILES.find(({ files }) => files.includes(name));
  return tool !== undefined && commands.some((command) => tool.program.test(command)) ? tool.files : null;
}

/** A shell script, by its extension. */
export const SHELL_SCRIPT = /\.(?:sh|bash|zsh|fish|ps1|cmd|bat)$/;
/** A script named after tests. */
export const SCRIPT_FOR_TESTS =
  /(?:^|[/:_.-])(?:run-?)?(?:tests?|specs?|checks?|verify|ci)(?:[:_.-][\w.-]*)?$/i;
/** A file that may be a script. */
export const SCRIPT = /(?:^|\/)[^./][^.]*$|\.(?:[cm]?[jt]s|py|rb|pl|php|lua)$/;

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

/** The names of the scripts of a `package.json`; null without one. */
export function scriptNamesIn(packageJson: string | null): readonly string[] | null {
  return packageJson === null ? null : [...scriptsIn(packageJson).keys()];
}

function bodiesOf(scripts: ReadonlyMap<string, string>, names: ReadonlySet<string>): string[] {
  return [...names].flatMap((name) => scripts.get(name) ?? []);
}

/** The scripts of a `package.json`: commands by name; none when it cannot be read. */
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
