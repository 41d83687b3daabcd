/** Changes that leave the protected files alone and have the effect of changing them. Pure. */
import { compileGlob } from '../plan/glob.js';
import { changedTestParts, partlyConfiguredLanguages } from './mixed-files.js';
import {
  configuredLanguages,
  folderOf,
  isBelow,
  isWrittenIn,
  reachOf,
  type Language,
} from './runner-files.js';
import { shadowsRunner } from './shadowing.js';
import { buildFiles, invokedScripts } from './test-command.js';

/** A change, as text; null where there is no file. */
export interface TextChange {
  readonly path: string;
  /** At the task's starting tip. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What the tests of a task are, at its starting tip. */
export interface Tests {
  /** Files that the task may not change. */
  readonly files: readonly string[];
  /** Whether a file is there. */
  readonly has: (path: string) => boolean;
  /** The commands that judge: the task's test, the plan's, and `verify`. */
  readonly commands: readonly string[];
}

/** Whether a change at this path can have such an effect at all: only then is the rest worth knowing. */
export function mayAffectTests(path: string, commands: readonly string[]): boolean {
  return (
    configuredLanguages(path).length > 0 ||
    partlyConfiguredLanguages(path).length > 0 ||
    EXCLUSIVE_CONTENT.some(({ file }) => file(path)) ||
    shadowsRunner(path, ['any.py', `${folderOf(path)}/any.py`, `${folderOf(folderOf(path))}/any.py`]) ||
    buildFileGroup(path, commands) !== null ||
    invokedScripts(commands).has(path)
  );
}

/** Why a change has the effect of changing one of the tests; null when it has not. */
export function sameEffect(change: TextChange, tests: Tests): string | null {
  if (tests.files.length === 0 || change.before === change.after) return null;
  return (
    configurationReason(change, tests) ??
    partReason(change, tests) ??
    contentReason(change, tests) ??
    runnerReason(change, tests) ??
    buildFileReason(change, tests) ??
    scriptReason(change, tests)
  );
}

/** A protected test that a runner's configuration at a path would be read for. */
function findConfiguredTest(path: string, languages: readonly Language[], tests: Tests): string | undefined {
  const candidates = tests.files.filter((file) => isWrittenIn(file, languages));
  // What is there already may be named in a command or in another configuration, wherever it is.
  const reach = tests.has(path) ? '' : reachOf(path);
  return candidates.find((file) => isBelow(file, reach));
}

function configurationReason({ path, before }: TextChange, tests: Tests): string | null {
  const languages = configuredLanguages(path);
  const test = languages.length === 0 ? undefined : findConfiguredTest(path, languages, tests);
  if (test === undefined) return null;
  return before === null
    ? `${path} would be a new configuration of how tests run, and ${test}, which is protected, is among them`
    : `${path} says how tests run, and ${test}, which is protected, is among them`;
}

function partReason({ path, before, after }: TextChange, tests: Tests): string | null {
  const test = findConfiguredTest(path, partlyConfiguredLanguages(path), tests);
  if (test === undefined) return null;
  const [part] = changedTestParts(path, before ?? '', after ?? '', tests.commands);
  if (part === undefined) return null;
  return `the change touches ${part} of ${path}, which says how tests run, and ${test}, which is protected, is among them; change the rest of the file only`;
}

interface ExclusiveContent {
  readonly language: Language;
  readonly file: (path: string) => boolean;
  readonly pattern: RegExp;
  readonly what: string;
  /** Whose tests it concerns: all that run with it, or those in and below its folder. */
  readonly reach: 'all' | 'below';
}

/** What a file may say that keeps other files' tests from running. */
const EXCLUSIVE_CONTENT: readonly ExclusiveContent[] = [
  {
    language: 'javascript',
    file: (path) => isWrittenIn(path, ['javascript']) && TEST_OF_JAVASCRIPT.test(path),
    pattern:
      /\b(?:describe|context|suite|it|test|specify|step|scenario)\s*\.\s*only\b|\bf(?:describe|context|it)\s*\(|\bDeno\.test\.only\b|\bonly\s*:\s*true\b/,
    what: 'lets only some tests run (".only" and its like)',
    reach: 'all',
  },
  {
    language: 'go',
    file: (path) => path.endsWith('_test.go'),
    pattern: /\bfunc\s+TestMain\s*\(/,
    what: 'has a TestMain, which decides whether the tests of its package run',
    reach: 'below',
  },
  {
    language: 'python',
    file: (path) => /(?:^|\/)__init__\.py$/.test(path),
    pattern: /^[ \t]*(?!#)(?!["']{3})[\w@(]/m,
    what: 'has code that runs before the tests beside it and below it; leave it empty',
    reach: 'below',
  },
];
const TEST_OF_JAVASCRIPT = /[._-](?:test|spec|cy|e2e)\.|(?:^|\/)(?:tests?|__tests__|specs?|e2e|cypress)\//;

function contentReason({ path, before, after }: TextChange, tests: Tests): string | null {
  if (after === null) return null;
  for (const { language, file, pattern, what, reach } of EXCLUSIVE_CONTENT) {
    if (!file(path) || !pattern.test(after) || (before !== null && pattern.test(before))) continue;
    const folder = reach === 'all' ? '' : folderOf(path);
    const test = tests.files.find((each) => isWrittenIn(each, [language]) && isBelow(each, folder));
    if (test !== undefined) return `${path} ${what}, and ${test} is protected`;
  }
  return null;
}

function runnerReason({ path, before }: TextChange, tests: Tests): string | null {
  if (before !== null || !shadowsRunner(path, tests.files)) return null;
  return `${path} would be loaded in place of the module of that name that runs the tests; choose another name`;
}

/** The names of the build file that `path` is one of, where the commands go through it. */
function buildFileGroup(path: string, commands: readonly string[]): readonly string[] | null {
  return buildFiles(commands).find((names) => names.some((name) => compileGlob(`**/${name}`)(path))) ?? null;
}

/** One that the commands go through may not change; a first one may be written, for then nothing was run by it. */
function buildFileReason({ path }: TextChange, tests: Tests): string | null {
  const names = buildFileGroup(path, tests.commands);
  if (names === null) return null;
  const folder = folderOf(path);
  const there = names.map((name) => (folder === '' ? name : `${folder}/${name}`)).find(tests.has);
  return there === undefined ? null : `the tests are run by what ${there} says; leave it as it is`;
}

function scriptReason({ path, before }: TextChange, tests: Tests): string | null {
  if (before === null || !invokedScripts(tests.commands).has(path)) return null;
  return `the tests are run by ${path}; leave it as it is`;
}
