import { askAboutRun } from '../db/blockers.js';
import { readRun, type RunRecord } from '../db/task-record.js';
import { distinctTests } from '../db/graph.js';
import { moveRun, type RunEnd } from '../db/task-status.js';
import type { VerdictRecord } from '../db/verdicts.js';
import type { VerdictInput } from '../workflows/interface.js';
import { beating } from './beat.js';
import { judgeCommit } from './judge-commit.js';
import { publish } from './publish-branch.js';
import type { Workplace } from './workplace.js';

/**
 * Before any money is spent: the default test is green at the base, and every test command can be found.
 * False when the run cannot start; its row then says why.
 */
export async function checkBase(place: Workplace, input: VerdictInput): Promise<boolean> {
  return beating(async (signal) => {
    const run = await readRun(place.db, input.runId);
    const tests = await distinctTests(place.db, input.runId);
    const end = await baseProblem(place, run, tests, signal);
    if (end === null) return true;
    await moveRun(place.db, input.runId, 'failed', end);
    return false;
  });
}

interface TestCommand {
  readonly command: string;
  readonly timeoutMs: number;
}

async function baseProblem(
  place: Workplace,
  run: RunRecord,
  tests: readonly TestCommand[],
  signal: AbortSignal,
): Promise<RunEnd | null> {
  const judged = (command: string, timeoutMs: number) =>
    judgeCommit(place, { run, commit: run.base, command, timeoutMs }, signal);
  const relied = tests.find((test) => test.command === run.plan.test);
  if (relied !== undefined) {
    const problem = redBase(await judged(relied.command, relied.timeoutMs), relied.command, run.allowRedBase);
    if (problem !== null) return problem;
  }
  for (const { command, timeoutMs } of tests) {
    const word = firstWord(command);
    if (word === null || command === run.plan.test) continue;
    const found = await judged(`command -v -- ${word} >/dev/null`, timeoutMs);
    if (!found.passed) return notFound(command);
  }
  return null;
}

function redBase(verdict: VerdictRecord, command: string, allowed: boolean): RunEnd | null {
  if (verdict.passed) return null;
  if (verdict.notFound) return notFound(command);
  if (allowed) return null;
  return {
    code: 'base_red',
    reason: `The test (${command}) is red before anything was changed: ${verdict.summary}. Mend it, or start the run with --allow-red-base.`,
  };
}

function notFound(command: string): RunEnd {
  return {
    code: 'command_not_found',
    reason: `The test command cannot be found: ${command}. Install it, or correct the plan.`,
  };
}

/** The program a command starts with, where that can be told without a shell; null where it cannot. */
function firstWord(command: string): string | null {
  const word = /^\s*([\w./+-]+)(?:\s|$)/.exec(command)?.[1];
  return word === undefined || word.includes('=') ? null : word;
}

/** The finished branch, published and checked once more as a whole. Red: a person is asked. */
export async function verify(place: Workplace, input: VerdictInput): Promise<boolean> {
  return beating(async (signal) => {
    const run = await readRun(place.db, input.runId);
    if (!(await publish(place, run, run.tip))) return false;
    const command = run.plan.verify;
    if (command === null) return true;
    const timeoutMs = Math.max(...(await distinctTests(place.db, input.runId)).map((test) => test.timeoutMs));
    const verdict = await judgeCommit(place, { run, commit: run.tip, command, timeoutMs }, signal);
    if (verdict.passed) return true;
    await askAboutRun(place.db, input.runId, {
      reason: 'verify',
      question: `All tasks are done, but verify (${command}) is red on the branch: ${verdict.summary}`,
    });
    return false;
  });
}
