import { verifyRed } from '../agent/questions.js';
import { countAnswers, askAboutRunFenced, settleQuestion } from '../db/blockers.js';
import { readRun, type RunRecord } from '../db/task-record.js';
import { areAllTasksCompleted, listTestCommands } from '../db/lead-graph.js';
import { moveRun, type RunEnd } from '../db/task-status.js';
import type { VerdictRecord } from '../db/verdicts.js';
import type { VerdictInput } from '../contract/payloads.js';
import { beatingWhileAwaited } from './heartbeat.js';
import { judgeCommit } from './judge-commit.js';
import { publish } from './publish-branch.js';
import { takeRunFence, demandUnpaused } from './fence.js';
import type { Workplace } from './activity-context.js';
import { eachWithin } from '../shared/bounded-time.js';
import { OWN_TESTS_MS } from '../plan/own-test-warnings.js';

/**
 * Before any money is spent: the default test is green at the base, and every test command can be found.
 * False when the run cannot start; its row then says why.
 */
export async function checkBase(place: Workplace, input: VerdictInput): Promise<boolean> {
  return beatingWhileAwaited(place, input.runId, async (signal) => {
    const step = await takeRunFence(place, input.runId);
    const run = await readRun(place.db, input.runId);
    // An earlier attempt of this check has said so, and was not heard.
    if (run.status === 'failed') return false;
    demandUnpaused(run);
    const tests = await listTestCommands(place.db, input.runId);
    const end = await baseProblem(place, run, tests, signal);
    if (end === null) {
      await tryOwnTests(place, run, tests, signal);
      return true;
    }
    await moveRun(place.db, step, 'failed', end);
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
  const { test } = run.plan;
  if (test !== null) {
    const relied = tests.find(({ command }) => command === test);
    const timeoutMs = relied?.timeoutMs ?? Math.max(...tests.map((each) => each.timeoutMs));
    const verdict = await judged(test, timeoutMs);
    if (verdict.notFound) return notFound(test);
    if (relied !== undefined && !verdict.passed && !run.allowRedBase) return redBase(verdict, test);
  }
  for (const { command, timeoutMs } of tests) {
    const word = firstWord(command);
    if (word === null || command === test) continue;
    const found = await judged(`command -v -- ${word} >/dev/null`, timeoutMs);
    if (!found.passed) return notFound(command);
  }
  return null;
}

/**
 * Tries the tests that tasks have of their own at the base: one that is green there cannot tell whether its task was
 * done. The record keeps the verdicts, and the commands say what follows from them; nothing stops the run.
 */
async function tryOwnTests(
  place: Workplace,
  run: RunRecord,
  tests: readonly TestCommand[],
  signal: AbortSignal,
): Promise<void> {
  const own = tests.filter(({ command }) => command !== run.plan.test);
  const [first] = own;
  if (first === undefined) return;
  // The set-up takes its own time, and is there for whatever comes.
  if (run.plan.setup !== null) {
    await judgeCommit(place, { ...first, run, commit: run.base, command: 'true' }, signal);
  }
  await eachWithin(
    OWN_TESTS_MS,
    own,
    (test, either) => judgeCommit(place, { ...test, run, commit: run.base }, either),
    signal,
  );
}

function redBase(verdict: VerdictRecord, command: string): RunEnd {
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

/**
 * The finished branch: published once more and, when all its tasks are done, checked as a whole. False when
 * that did not succeed: a person is asked.
 */
export async function verify(place: Workplace, input: VerdictInput): Promise<boolean> {
  return beatingWhileAwaited(place, input.runId, async (signal) => {
    const step = await takeRunFence(place, input.runId);
    const run = await readRun(place.db, input.runId);
    demandUnpaused(run);
    if (!(await publish(place, run))) return false;
    const command = run.plan.verify;
    if (run.branchAccepted || command === null || !(await areAllTasksCompleted(place.db, input.runId)))
      return true;
    const tests = await listTestCommands(place.db, input.runId);
    const timeoutMs = Math.max(...tests.map((test) => test.timeoutMs));
    // A person may have mended the machine since a red verdict: after each answer it is given anew.
    const occasion = await countAnswers(place.db, input.runId, 'verify');
    const verdict = await judgeCommit(place, { run, commit: run.tip, command, timeoutMs, occasion }, signal);
    if (verdict.passed) {
      // An earlier attempt may have asked, because of a set-up that failed then, and not have been heard.
      await settleQuestion(place.db, run.id, 'verify');
      return true;
    }
    await askAboutRunFenced(place.db, step, {
      reason: 'verify',
      question: verifyRed(command, verdict.summary),
    });
    return false;
  });
}
