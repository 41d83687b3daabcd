/**
 * Finds changes that have the same effect as changing a test without touching it: files that configure the tests or
 * execute before them, and code that keeps tests of other files from running. Source files and new files are free,
 * except for those. Pure.
 */
import { basename } from 'node:path/posix';
import { changesMoreThanSources, listsSources } from './build-statements.js';
import { configuredChecker } from './checker-files.js';
import { concernsInstall, installReason, REQUIREMENTS } from './installs.js';
import { changedTestParts, COMPILER, partlyConfiguredLanguages } from './mixed-files.js';
import { hasPythonCode } from './python-code.js';
import { isCompiledPython } from './python-modules.js';
import { foldersIn, type ReachedFiles } from './reached-files.js';
import {
  configuredLanguages,
  folderOf,
  isBelow,
  isWrittenIn,
  reachOf,
  type Language,
} from './runner-files.js';
import { shadowsRunner } from './shadowing.js';
import { buildFileNames, configuresTaskRunner } from './test-command.js';
import type { TextChange } from './text-change.js';
import { foldersAbove } from '../shared/files/folders-above.js';

/** The tests that judge a task, and how they are run, at the task's starting tip. */
export interface Tests {
  /** Paths of the tests. */
  readonly files: readonly string[];
  /** Whether a file exists. */
  readonly has: (path: string) => boolean;
  /** The commands that judge the work: the task's test, the plan's test and `verify`. */
  readonly commands: readonly string[];
  /** The commands that run apart from the tests: the plan's `setup`, what it starts at install, what notifies a person. */
  readonly setup: readonly string[];
  /** The files that both reach. */
  readonly reached: ReachedFiles;
  /** Whether the project's lock file has a package of a name. */
  readonly isInstalled: (name: string) => boolean;
}

/** Whether a change at this path could affect the tests. A cheap check: only then the texts have to be read. */
export function mayAffectTests(
  path: string,
  { commands, setup, reached }: Pick<Tests, 'commands' | 'setup' | 'reached'>,
): boolean {
  return (
    concernsInstall(path) ||
    configuredLanguages(path).length > 0 ||
    partlyConfiguredLanguages(path).length > 0 ||
    MOCK.test(path) ||
    isCompiledPython(path) ||
    EXCLUSIVE_CONTENT.some(({ file }) => file(path)) ||
    shadowsRunner(
      path,
      ['any.py', `${folderOf(path)}/any.py`, `${folderOf(folderOf(path))}/any.py`],
      () => false,
      [],
    ) ||
    buildFileNames(basename(path), [...commands, ...setup]) !== null ||
    listsSources(path, [...commands, ...setup]) ||
    configuresTaskRunner(path, [...commands, ...setup]) ||
    configuredChecker(path, commands) !== null ||
    reached.has(path)
  );
}

/**
 * Why a change configures the tests, or runs before them, worded for the model; null when it does not. It needs
 * `may_change`, whatever the plan protects.
 */
export function configurationChange(change: TextChange, tests: Tests): string | null {
  if (change.before === change.after) return null;
  const { path } = change;
  const isRequirements = tests.reached.get(path)?.use === 'requirements';
  return (
    installReason(change, tests.setup, isRequirements ? REQUIREMENTS : path) ??
    reachedReason(change, tests) ??
    (tests.files.length === 0
      ? null
      : (configurationReason(change, tests) ??
        partReason(change, tests) ??
        compiledReason(change, tests) ??
        nestedReason(change, tests) ??
        packageReason(change, tests) ??
        runnerReason(change, tests) ??
        mockReason(change, tests))) ??
    checkerReason(change, tests) ??
    buildFileReason(change, tests)
  );
}

/** Why a change keeps protected tests from running, worded for the model; null when it does not. */
export function exclusiveContent(change: TextChange, tests: Pick<Tests, 'files'>): string | null {
  return change.before === change.after
    ? null
    : (contentReason(change, tests) ?? compiledReason(change, tests));
}

/** Finds a protected test that a configuration file at this path would apply to. */
function findConfiguredTest(path: string, languages: readonly Language[], tests: Tests): string | undefined {
  const candidates = tests.files.filter((file) => isWrittenIn(file, languages));
  // An existing file may be named in a command or in another configuration, so it can apply to any folder.
  const reach = tests.has(path) ? '' : reachOf(path);
  return candidates.find((file) => isBelow(file, reach));
}

function configurationReason({ path, before }: TextChange, tests: Tests): string | null {
  const languages = configuredLanguages(path);
  const test = languages.length === 0 ? undefined : findConfiguredTest(path, languages, tests);
  if (test === undefined) return null;
  return before === null
    ? `${path} would be a new configuration of how tests run, and ${test}, which may not be weakened, is among them`
    : `${path} says how tests run, and ${test}, which may not be weakened, is among them`;
}

function partReason({ path, before, after }: TextChange, tests: Tests): string | null {
  const kind = tests.reached.get(path)?.use === 'compiler' ? COMPILER : path;
  const test = findConfiguredTest(path, partlyConfiguredLanguages(kind), tests);
  if (test === undefined) return null;
  const [part] = changedTestParts(kind, before ?? '', after ?? '', tests.commands, tests.isInstalled);
  if (part === undefined) return null;
  return `the change touches ${part} of ${path}, which says how tests run, and ${test}, which may not be weakened, is among them; change the rest of the file only`;
}

interface ExclusiveContent {
  readonly language: Language;
  readonly file: (path: string) => boolean;
  readonly isFound: (text: string) => boolean;
  readonly what: string;
  /** The tests that are affected: all that run with it, or those in and below its folder. */
  readonly reach: 'all' | 'below';
}

/** What begins a test or a group of tests in the runners of JavaScript. */
const TEST_WORD = 'describe|context|suite|it|test|specify|step|scenario|feature|fixture';

/** With `only`, a runner leaves out all other tests. A chain of names is bounded, as it is tried at each word of a text. */
const ONLY_IN_JAVASCRIPT: readonly RegExp[] = [
  // Also `test.describe.serial.only` of Playwright, and `Scenario.only` of CodeceptJS.
  new RegExp(
    String.raw`\b(?:${TEST_WORD})(?:\s{0,9}\.\s{0,9}\w{1,30}){0,4}\s*(?:\.\s*only\b|\[\s{0,9}['"\x60]only['"\x60])`,
    'i',
  ),
  /\bf(?:describe|context|it)\s*\(/,
  /\bonly\s*:\s*true\b/,
];

/** Code in one file that keeps the tests of other files from running. */
const EXCLUSIVE_CONTENT: readonly ExclusiveContent[] = [
  {
    language: 'javascript',
    file: (path) => isWrittenIn(path, ['javascript']) && TEST_OF_JAVASCRIPT.test(path),
    isFound: (text) => ONLY_IN_JAVASCRIPT.some((pattern) => pattern.test(text)),
    what: 'lets only some tests run (".only" and its like)',
    reach: 'all',
  },
  {
    language: 'php',
    file: (path) => isWrittenIn(path, ['php']) && TEST_BY_NAME.test(path),
    // Pest. With arguments it is a method of something else, such as a request.
    isFound: (text) => /\)\s{0,99}->\s{0,99}only\s{0,9}\(\s{0,9}\)/.test(text),
    what: 'lets only some tests run ("->only()")',
    reach: 'all',
  },
  {
    language: 'ruby',
    file: (path) => path.endsWith('.rb') && TEST_BY_NAME.test(path),
    isFound: (text) =>
      /\bf(?:it|describe|context|specify|example|feature|scenario)[ (]\s{0,9}['"]|\bfocus:\s{0,9}true\b|[,(]\s{0,9}:focus\b/.test(
        text,
      ),
    what: 'lets only some tests run ("fit", "focus: true" and their like)',
    reach: 'all',
  },
  {
    language: 'swift',
    file: (path) => path.endsWith('.swift') && TEST_BY_NAME.test(path),
    isFound: (text) => /\bf(?:describe|context|it)\s{0,9}\(/.test(text),
    what: 'lets only some tests run ("fit" and its like)',
    reach: 'all',
  },
  {
    language: 'go',
    file: (path) => path.endsWith('_test.go'),
    isFound: (text) => /\bfunc\s+TestMain\s*\(/.test(text),
    what: 'has a TestMain, which decides whether the tests of its package run',
    reach: 'below',
  },
  {
    language: 'go',
    file: (path) => path.endsWith('.go'),
    isFound: exitsAtStart,
    what: 'ends the program before its main function or its tests run (in init, or in the value of a variable)',
    // Other packages may import it.
    reach: 'all',
  },
  {
    language: 'python',
    file: (path) => /(?:^|\/)__init__\.py$/.test(path),
    isFound: hasPythonCode,
    what: 'has code that runs before the tests beside it and below it; leave it empty',
    reach: 'below',
  },
];

/** Whether a Go file ends the process while packages are initialized: `go test` reports success for exit code 0. */
function exitsAtStart(text: string): boolean {
  const plain = text.replace(/\/\/[^\n]*/g, '');
  const exits = [
    ...plain.matchAll(/\b(?:os|syscall|unix)\s*\.\s*(?:Exit|Kill|Exec)\b|\bruntime\s*\.\s*Goexit\b/g),
  ];
  const ends = [...plain.matchAll(/\n[})]/g)].map(({ index }) => index);
  // Each list is walked once: a search from every declaration to the end would take hours on a long file.
  let [nextEnd, nextExit] = [0, 0];
  for (const { index } of plain.matchAll(/^(?:func\s+init\s*\(\s*\)|var\s)/gm)) {
    while ((ends[nextEnd] ?? Infinity) < index) nextEnd++;
    while ((exits[nextExit]?.index ?? Infinity) < index) nextExit++;
    const exit = exits[nextExit];
    if (exit === undefined) return false;
    const lineEnd = plain.indexOf('\n', index);
    const line = lineEnd < 0 ? plain.slice(index) : plain.slice(index, lineEnd);
    // gofmt ends a declaration with a bracket at the start of a line; one without brackets ends with its line.
    const end = /[{(]$/.test(line.trimEnd()) ? (ends[nextEnd] ?? -1) : lineEnd;
    if (end < 0 || exit.index + exit[0].length <= end) return true;
  }
  return false;
}
const TEST_OF_JAVASCRIPT = /[._-](?:test|spec|cy|e2e)\.|(?:^|\/)(?:tests?|__tests__|specs?|e2e|cypress)\//;

/** Tests by their names or folders: PHPUnit and Pest, RSpec and minitest, XCTest and Quick. */
const TEST_BY_NAME = /(?:_spec|_test|Test|Tests|Spec)\.\w+$|(?:^|\/)(?:tests?|specs?|Tests)\//;

function contentReason({ path, before, after }: TextChange, tests: Pick<Tests, 'files'>): string | null {
  if (after === null) return null;
  for (const { language, file, isFound, what, reach } of EXCLUSIVE_CONTENT) {
    if (!file(path) || !isFound(after) || (before !== null && isFound(before))) continue;
    const folder = reach === 'all' ? '' : folderOf(path);
    const test = tests.files.find((each) => isWrittenIn(each, [language]) && isBelow(each, folder));
    if (test !== undefined) return `${path} ${what}, and ${test} is protected`;
  }
  return null;
}

function runnerReason({ path, before }: TextChange, tests: Tests): string | null {
  const workFolders = tests.commands.flatMap(foldersIn);
  if (before !== null || !shadowsRunner(path, tests.files, tests.has, workFolders)) return null;
  return `${path} would be loaded in place of the module of that name that runs the tests; choose another name`;
}

/** Files that make a project of their own of a folder, which the tools of the project around it leave alone or see apart. */
const PROJECT_FILES: Readonly<Record<string, Language>> = { 'package.json': 'javascript', 'go.mod': 'go' };

/** A project within a project: `go test ./...` leaves it out, and Node.js looks up `#names` in the nearest one. */
function nestedReason({ path, before }: TextChange, tests: Tests): string | null {
  const name = basename(path);
  const language = PROJECT_FILES[name];
  if (before !== null || language === undefined) return null;
  const above = ['', ...foldersAbove(folderOf(path))];
  if (!above.some((folder) => tests.has(`${folder}${name}`))) return null;
  const test = tests.files.find((file) => isWrittenIn(file, [language]) && isBelow(file, folderOf(path)));
  return test === undefined
    ? null
    : `${path} would make a project of its own of its folder, and ${test}, which may not be weakened, is in it`;
}

/** A folder of tests that becomes a package is no longer on Python's path, so that its helpers are found elsewhere. */
function packageReason({ path, before }: TextChange, tests: Tests): string | null {
  if (before !== null || basename(path) !== '__init__.py') return null;
  const folder = folderOf(path);
  const helper = tests.files.find(
    (file) =>
      folderOf(file) === folder &&
      file.endsWith('.py') &&
      !/^(?:test_.*|.*_test|conftest)\.py$/.test(basename(file)),
  );
  return helper === undefined
    ? null
    : `${path} would make a package of its folder, so that the tests there find another file in place of ${helper}`;
}

/** Nobody can read what compiled code does, and it is never loaded without a source that would do. */
function compiledReason({ path, after }: TextChange, { files }: Pick<Tests, 'files'>): string | null {
  if (after === null || !isCompiledPython(path)) return null;
  const test = files.find((file) => isWrittenIn(file, ['python']));
  return test === undefined
    ? null
    : `${path} is compiled Python, which is loaded in place of a source file and may replace ${test} or the runner; leave it out, Python makes it by itself`;
}

const MOCK = /(?:^|\/)__mocks__\//;

/** A runner uses a mock in every test that loads, or replaces, the module of its name. */
function mockReason({ path, before }: TextChange, tests: Tests): string | null {
  const test = MOCK.test(path) ? tests.files.find((file) => isWrittenIn(file, ['javascript'])) : undefined;
  return before !== null || test === undefined
    ? null
    : `${path} would replace a module for tests that are there, such as ${test}; mock it in the new test itself`;
}

/** A new file counts too: a checker without one checks everything. */
function checkerReason({ path }: TextChange, { commands }: Tests): string | null {
  const program = configuredChecker(path, commands);
  return program === null
    ? null
    : `${path} says what ${program} checks, which is one of the checks that judge the work; leave it as it is`;
}

/** A build file that the commands use may not change. A first one may be added: nothing was run through it before. */
function buildFileReason({ path, before, after }: TextChange, tests: Tests): string | null {
  const commands = [...tests.commands, ...tests.setup];
  if (listsSources(path, commands)) {
    const isFirst = !tests.has(path) && !tests.files.some((file) => isBelow(file, folderOf(path)));
    return isFirst || !changesMoreThanSources(path, before ?? '', after ?? '')
      ? null
      : `the change touches more of ${path} than sources and dependencies, and the tests are built by what it says; change and add libraries and programs only`;
  }
  if (configuresTaskRunner(path, commands)) return `the tests are run by what ${path} says`;
  const names = buildFileNames(basename(path), commands);
  if (names === null) return null;
  const folder = folderOf(path);
  const existing = names.map((name) => (folder === '' ? name : `${folder}/${name}`)).find(tests.has);
  return existing === undefined
    ? null
    : `the tests are run, or prepared, by what ${existing} says; leave it as it is`;
}

/** A file that commands reach may not change. A first one may be added, unless they would use it at once. */
function reachedReason({ path }: TextChange, { reached, has }: Tests): string | null {
  const file = reached.get(path);
  if (file === undefined || file.use !== 'code' || !(has(path) || file.isOpen)) return null;
  // Of these only some parts count.
  if (concernsInstall(path) || partlyConfiguredLanguages(path).length > 0) return null;
  return file.isSetup
    ? `${path} runs when the project is installed, a git hook or the shell starts it, or a person is notified, or decides what runs then; leave it as it is`
    : `the tests are run by ${path}, or by what it says; leave it as it is`;
}
