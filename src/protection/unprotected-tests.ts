/** Warns about tasks whose tests nothing protects: their agents could change what judges their work. Pure. */
import { compileGlob, globProblem } from '../plan/glob.js';
import type { Plan, PlanTask } from '../plan/plan-schema.js';
import { isTestFile } from './protected-files.js';
import { foldersIn } from './reached-files.js';
import { buildFiles, invokedScripts, splitWords, scriptsOf, tailOfRunner } from './test-command.js';

/** What of a task decides whether its tests are protected. */
type JudgedTask = Pick<PlanTask, 'id' | 'agent' | 'test' | 'dependsOn'>;

/** A sentence with more names is hard to read. */
const SHOWN = 5;

/**
 * The warning about the tasks whose test command matches no protected file at the base, as a list of one sentence;
 * empty when each matches one. Tasks of the agent `test` may change tests anyway.
 *
 * @param protect the plan's `protect`; an empty list is a person's choice, and brings no warning
 * @param paths all files at the base
 * @param packageJson text of the `package.json` at the root; null when there is none
 */
export function unprotectedTestWarnings(
  tasks: readonly JudgedTask[],
  protect: Plan['protect'],
  paths: readonly string[],
  packageJson: string | null,
): string[] {
  if (protect !== null && protect.length === 0) return [];
  const globs = (protect ?? []).map(compileGlob);
  const isProtected = (path: string) =>
    protect === null ? isTestFile(path) : globs.some((matches) => matches(path));
  const protectedFiles = paths.filter(isProtected);
  const known = new Map<string, boolean>();
  const found = tasks.filter(({ agent, test, dependsOn }) => {
    if (agent === 'test') return false;
    const key = `${test}\0${dependsOn.length > 0}`;
    const isJudged =
      known.get(key) ?? matchesProtected(test, { paths, protectedFiles, packageJson }, dependsOn.length > 0);
    known.set(key, isJudged);
    return !isJudged;
  });
  if (found.length === 0) return [];
  const shown = found.slice(0, SHOWN).map(({ id, test }) => `${id} (${test})`);
  const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : '';
  const [subject, its] =
    found.length === 1
      ? ['the test command of a task matches', 'its']
      : [`the test commands of ${found.length} tasks match`, 'their'];
  return [
    `${subject} no protected file, so ${its} own agents can change what judges the work: ${shown.join(', ')}${more}. Name the files in protect, or add a test before the run`,
  ];
}

interface Base {
  readonly paths: readonly string[];
  readonly protectedFiles: readonly string[];
  readonly packageJson: string | null;
}

/** Whether a command runs a protected file, as far as its words tell. */
function matchesProtected(command: string, base: Base, hasDependencies: boolean): boolean {
  const scripts = scriptsOf(command, base.packageJson);
  return (scripts.length === 0 ? [command] : scripts).some((each) =>
    runsProtected(each, base, hasDependencies),
  );
}

function runsProtected(command: string, { paths, protectedFiles }: Base, hasDependencies: boolean): boolean {
  // The scripts and build files of a command are protected by being in it.
  if ([...invokedScripts([command])].some((script) => paths.includes(script))) return true;
  if (buildFiles([command]).some((names) => names.some((name) => paths.includes(name)))) return true;
  // A runner finds tests by itself, unless files or folders follow it. Another program's files may be anywhere.
  const plain = splitWords(tailOfRunner(command) ?? command).map((word) =>
    word.replace(/^\.\//, '').replace(/\/+$/, ''),
  );
  const words = ['', ...foldersIn(command).map((folder) => `${folder}/`)].flatMap((folder) =>
    plain.map((word) => `${folder}${word}`),
  );
  const named = words.filter((word) => paths.some(covers(word)));
  if (named.length > 0) return named.some((word) => protectedFiles.some(covers(word)));
  // A test that does not exist yet: a task before this one may write it, or this task's own agent.
  if (!hasDependencies && words.some((word) => /\/|\.\w+$/.test(word) && isTestFile(word))) return false;
  return protectedFiles.length > 0;
}

/** Whether a word of a command stands for a path: the file, a folder above it, or a glob. */
function covers(word: string): (path: string) => boolean {
  if (/[*?{[]/.test(word) && globProblem(word) === null) return compileGlob(word);
  return (path) => path === word || path.startsWith(`${word}/`);
}
