import { posix } from 'node:path';
import { compileGlob, type Glob } from '../plan/glob.js';
import type { Agent } from '../plan/plan-schema.js';
import { foldedPath } from '../git/objects/tree-path.js';
import { namesThroughLinks, type LinkedName, type LinkedPath } from './linked-names.js';
import { runsOnUserMachine } from './user-machine-files.js';

/** Globs of test files. Without `protect` in the plan, only the agent `test` may change these files. */
const TEST_FILE_GLOBS: readonly string[] = [
  '**/*{.,-,_}{test,tests}.*',
  '**/*.{spec,cy}.*',
  // With another ending it is an interface's description, such as `api_spec.json`.
  '**/*_spec.{rb,lua,cr}',
  '**/test_*.*',
  '**/tests.{py,rs}',
  '**/*{Test,Tests,Spec}.*',
  '**/{test,tests,Tests,__tests__,spec,specs,e2e,features,t,testdata,__mocks__,__snapshots__,*.Tests}/**/*',
  // What a test expects, where its runner keeps it beside it: of Playwright, of image snapshots, of insta, of approval tests.
  '**/{*.spec.*-snapshots,*.test.*-snapshots,__image_snapshots__,__screenshots__}/**/*',
  '**/*.{snap,approved.*,verified.*}',
];

/** The settings of a plan and a task that decide which files the task may not change. */
export interface ProtectionRules {
  readonly agent: Agent;
  /** The plan's `protect`; null when it has none. */
  readonly protect: readonly string[] | null;
  /** The task's `may_change`. */
  readonly mayChange: readonly string[];
  /** The plan's `instructions`. */
  readonly instructions: readonly string[];
  /** The symbolic links at the run's base. No agent makes others. */
  readonly links: readonly LinkedPath[];
}

/** Why an existing file may not be changed, moved or deleted, worded for the model; null when it may. */
export type Protection = (path: string) => string | null;

const testFiles = TEST_FILE_GLOBS.map(compileGlob);

/** Whether a path is that of a test, by its name or by one of its folders. */
export function isTestFile(path: string): boolean {
  return matchesAny(testFiles, path);
}

/**
 * Decides which of the files at a task's starting tip the task may not change. Without `protect`, only tasks of the
 * agent `test` may change tests. With it, no task may change the files that it names. Files that run on the user's
 * machine and the plan's instructions for agents are protected whatever `protect` says, and what a symbolic link in
 * their place leads to. A task's `may_change` lifts each of these.
 *
 * @throws GlobError for an invalid glob; those of a parsed plan are valid
 */
export function protectionOf(rules: ProtectionRules): Protection {
  const isLifted = liftedBy(rules);
  const always = alwaysProtected(rules);
  const ofTests = testProtection(rules);
  return (path) => (isLifted(path) ? null : (always(path) ?? ofTests(path)));
}

function testProtection({ agent, protect, links }: ProtectionRules): Protection {
  const namesOf = namesThroughLinks(links);
  if (protect === null) {
    if (agent === 'test') return () => null;
    return (path) => {
      if (isTestFile(path))
        return `${path} is a test that was there before this task: only tasks of the agent test may change, move or delete it (new tests may be added)`;
      const linked = namesOf(path).find(({ link }) => isNamedAsTest(link));
      return linked === undefined
        ? null
        : `${describeLinked(path, linked)} is a test: only tasks of the agent test may change, move or delete it`;
    };
  }
  const globs = protect.map((glob) => ({ glob, matches: compileGlob(glob) }));
  return (path) => {
    for (const { glob, matches } of globs) {
      const refusal = `is protected by the plan (${glob}): no task may change, move or delete it`;
      if (matches(path)) return `${path} ${refusal}`;
      // A folder of the project's code may be linked into a protected one. It is still what tasks are about.
      const linked = namesOf(path).find(
        ({ name, link }) =>
          matches(name) && (name === link || isNamedAsTest(link) || !matches(besideLink(link))),
      );
      if (linked !== undefined) return `${describeLinked(path, linked)} ${refusal}`;
    }
    return null;
  };
}

/** Whether a link is named as a test or as a folder of tests are, whatever the folders above it. */
function isNamedAsTest(link: string): boolean {
  const name = posix.basename(link);
  return isTestFile(name) || isTestFile(`${name}/a`);
}

/** A path beside a link that nothing has: a glob that matches it does not name the link. */
function besideLink(link: string): string {
  return posix.join(posix.dirname(link), '\0');
}

/** Begins a sentence about a file with what a link makes of it; the sentence goes on about that. */
function describeLinked(path: string, { name, link }: LinkedName): string {
  return name === link
    ? `${path} is what the symbolic link ${link} leads to, and ${link}`
    : `${path} is in the folder that the symbolic link ${link} leads to, and ${name}`;
}

/** The files that may be neither changed nor created without `may_change`, with the reason. */
export function alwaysProtected({
  instructions,
  links,
}: Pick<ProtectionRules, 'instructions' | 'links'>): Protection {
  const byName = protectionByName(instructions);
  const namesOf = namesThroughLinks(links);
  return (path) => {
    const linked = namesOf(path).find(({ name }) => byName(name) !== null);
    return linked === undefined
      ? byName(path)
      : `${describeLinked(path, linked)} is protected: the plan has to name ${path} in may_change`;
  };
}

function protectionByName(instructions: readonly string[]): Protection {
  // Those of other tools, such as AGENTS.md, are protected anyway: asking twice about each file would take long.
  const names = instructions.filter((name) => !runsOnUserMachine(name)).map(foldedPath);
  return (path) => {
    if (runsOnUserMachine(path))
      return `${path} would later run on the machine of a person who works in the repository, or say what runs there: the plan has to name it in may_change`;
    if (names.length === 0) return null;
    // In any folder: they are looked for above the files of a task, and the next run may have other tasks.
    const whole = `/${foldedPath(path)}`;
    return names.some((name) => whole.endsWith(`/${name}`))
      ? `${path} would instruct the agents of later runs: the plan has to name it in may_change`
      : null;
  };
}

/** Tells which paths the task's `may_change` names. Such a file may be changed, whatever its effect on the tests. */
export function liftedBy({ mayChange }: Pick<ProtectionRules, 'mayChange'>): Glob {
  const globs = mayChange.map(compileGlob);
  return (path) => matchesAny(globs, path);
}

function matchesAny(globs: readonly Glob[], path: string): boolean {
  return globs.some((glob) => glob(path));
}
