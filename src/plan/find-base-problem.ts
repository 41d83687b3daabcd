/** Judges a plan's set-up and test commands at the base, before any money is spent. A run and a dry run share it. */
import { baseProblem, type BaseFinding, type BaseProblem } from './base-problem.js';
import type { Plan } from './plan-schema.js';

/** A test command of tasks, and the longest time that one of them gives it. */
export interface TestAtBase {
  readonly command: string;
  readonly timeoutMs: number;
}

/** What running a command at the base showed. */
export type VerdictAtBase = Omit<BaseFinding, 'key' | 'command'> & { readonly passed: boolean };

export interface BaseAccess {
  /** Runs the set-up, unless that is done, and a command. */
  readonly judge: (command: TestAtBase) => Promise<VerdictAtBase>;
  /** The files at the base. */
  readonly listPaths: () => Promise<readonly string[]>;
  /** Receives what a person should know, in one sentence, although the run can start. */
  readonly warn: (warning: string) => void;
}

/**
 * Finds what keeps a run from starting: a set-up that fails, a test command or a `verify` that does not exist, or a
 * default test that fails and that tasks rely on.
 *
 * @param tests the distinct test commands of the tasks
 * @param allowRedBase accept a failing default test
 * @returns null when the run can start; otherwise the problem, with the output that shows it
 */
export async function findBaseProblem(
  plan: Pick<Plan, 'test' | 'verify' | 'setup' | 'network'>,
  tests: readonly TestAtBase[],
  allowRedBase: boolean,
  { judge, listPaths, warn }: BaseAccess,
): Promise<(BaseProblem & Pick<BaseFinding, 'output'>) | null> {
  const explain = async ({ key, command }: Pick<BaseFinding, 'key' | 'command'>, finding: VerdictAtBase) => ({
    ...baseProblem(plan, { ...finding, key, command }, await listPaths()),
    output: finding.output,
  });
  const { test, verify } = plan;
  const longestMs = Math.max(...tests.map((each) => each.timeoutMs));
  if (test !== null) {
    const usedByTasks = tests.find(({ command }) => command === test);
    const timeoutMs = usedByTasks?.timeoutMs ?? longestMs;
    const verdict = await judge({ command: test, timeoutMs });
    const mayBeRed = usedByTasks === undefined || allowRedBase;
    if (verdict.notFound || verdict.failedSetup || !(verdict.passed || mayBeRed))
      return explain({ key: 'test', command: test }, verdict);
    if (!verdict.passed && usedByTasks !== undefined)
      warn(
        `the default test (${test}) is red at the base: ${verdict.summary}. It is the test of tasks without one of their own, which land only if they make it pass`,
      );
    if (!verdict.passed && usedByTasks === undefined && verify === test)
      warn(
        `the default test (${test}) is red at the base. No task is judged by it, but it is also \`verify\`: the run ends with a question unless the tasks make it pass`,
      );
  }
  // `true` only tells whether the set-up works.
  const probed = new Set(test === null && plan.setup !== null ? [] : ['true']);
  const others = tests.filter(({ command }) => command !== test);
  const used = [
    ...others.map((each) => ({ ...each, key: 'test' as const })),
    ...(verify === null || verify === test || mayComeLater(verify)
      ? []
      : [{ key: 'verify' as const, command: verify, timeoutMs: longestMs }]),
  ];
  for (const { timeoutMs, ...found } of used) {
    const { command } = found;
    const word = firstWord(command);
    const probe = word === null ? 'true' : `command -v -- ${word} >/dev/null`;
    if (probed.has(probe)) continue;
    const verdict = await judge({ command: probe, timeoutMs });
    if (verdict.failedSetup) return explain(found, verdict);
    if (!verdict.passed)
      return explain(found, { ...verdict, notFound: true, summary: `${word ?? command} was not found` });
    probed.add(probe).add('true');
  }
  return null;
}

/** Whether tasks may make what `verify` starts. It runs after them, so a script of the repository need not exist yet. */
function mayComeLater(verify: string): boolean {
  const word = firstWord(verify);
  return word === null || word.includes('/');
}

/** The program that a command starts, with or without variables; null when only a shell could tell. */
function firstWord(command: string): string | null {
  return FIRST_WORD.exec(command)?.[1] ?? null;
}

/** A PATH that the command sets decides where its program is found. */
const FIRST_WORD = /^\s*(?:(?!PATH=)[A-Za-z_]\w*=[\w./:,@%+-]*\s+)*([\w./+-]+)(?:\s|$)/;
