/** What a test command goes through on its way to the tests: scripts by name, and files. Pure. */

/** The words of a command, as far as they can be told without a shell: what could be the name of something. */
function splitWords(command: string): string[] {
  return command.split(/[\s;&|()<>"'`=]+/).filter((word) => word !== '');
}

/** Programs that run a script of `package.json` by its name. */
const RUNS_SCRIPTS =
  /(?:^|[\s;&|(/"'])(?:npm|pnpm|yarn|bun|npx|npm-run-all2?|run-[sp]|nx|turbo|lerna|wireit|node\s+--run)(?=[\s"']|$)/;
/** A script of this name is there for tests, whoever runs it. */
const FOR_TESTS = /(?:^|[:_.-])(?:tests?|specs?|unit|e2e|integration)(?:[:_.-]|$)/i;
/** `npm t` and `npm tst`. */
const SHORT_FOR_TEST = /(?:^|\W)npm\s+(?:t|tst)(?:\s|$)/;

/**
 * The scripts that run when tests do: those that the commands name, those named after tests, what they call that is
 * named so or names a runner itself, and npm's hooks before and after each.
 */
export function testScripts(
  scripts: ReadonlyMap<string, string>,
  commands: readonly string[],
): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...scripts.keys()].filter((name) => FOR_TESTS.test(name));
  for (const command of commands) {
    if (!RUNS_SCRIPTS.test(command)) continue;
    waiting.push(...splitWords(command), ...(SHORT_FOR_TEST.test(command) ? ['test'] : []));
  }
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (!scripts.has(name) || found.has(name)) continue;
    found.add(name);
    const script = truncateScript(scripts.get(name));
    const called = RUNS_SCRIPTS.test(script) ? splitWords(script) : [];
    waiting.push(...called.filter((word) => RUNNERS.test(truncateScript(scripts.get(word)))));
  }
  return new Set([...found].flatMap((name) => [name, `pre${name}`, `post${name}`]));
}

/** Longer than any script of one line; the patterns cost the square of it. */
const SCRIPT_LENGTH = 2000;

function truncateScript(script = ''): string {
  return script.slice(0, SCRIPT_LENGTH);
}

/** Programs that run tests. */
const RUNNERS =
  /(?:^|[\s;&|(/"'])(?:mocha|jest|vitest|ava|tap|tape|jasmine|uvu|karma|playwright|cypress|wdio|cucumber-js|c8|nyc|node\s+(?:\S+\s+)*--test|pytest|unittest|tox|nox|nose2|go\s+test|cargo\s+(?:test|nextest)|rspec|minitest|phpunit|pest|mvn|gradle|ctest|dotnet\s+test|deno\s+test|bun\s+test)(?=[\s"']|$)/;

/** Programs that read what to run from a file, and the names of that file, the one found first in front. */
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

/** The names of files that say what the commands run. Each group of names is one file to its program. */
export function buildFiles(commands: readonly string[]): readonly (readonly string[])[] {
  return BUILD_FILES.filter(({ program }) =>
    commands.some((command) => new RegExp(`(?:^|[\\s;&|(/"'])(?:${program})(?=\\s|$)`).test(command)),
  ).map(({ files }) => files);
}

const SHELL_SCRIPT = /\.(?:sh|bash|zsh|fish|ps1|cmd|bat)$/;
const SCRIPT_FOR_TESTS = /(?:^|[/:_.-])(?:run-?)?(?:tests?|specs?|checks?|verify|ci)(?:[:_.-][\w.-]*)?$/i;
const SCRIPT = /(?:^|\/)[^./][^.]*$|\.(?:[cm]?[jt]s|py|rb|pl|php|lua)$/;

/**
 * Scripts that the commands start to run the tests: those of a shell, and others that are named after tests. What
 * else a command names (`node server.js`) may be the very thing that a task is about.
 */
export function invokedScripts(commands: readonly string[]): ReadonlySet<string> {
  const named = commands.flatMap(splitWords).map((word) => word.replace(/^\.\//, ''));
  return new Set(
    named.filter((word) => SHELL_SCRIPT.test(word) || (SCRIPT.test(word) && SCRIPT_FOR_TESTS.test(word))),
  );
}
