import { listTestCommands } from '../db/lead-graph.js';
import { readRun, type RunRecord } from '../db/task-record.js';
import { moveRun, type RunEnd } from '../db/task-status.js';
import type { VerdictRecord } from '../db/verdicts.js';
import type { VerdictInput } from '../contract/payloads.js';
import { OWN_TESTS_MS } from '../plan/own-test-warnings.js';
import { forEachWithin } from '../shared/bounded-time.js';
import type { ActivityContext } from './activity-context.js';
import { takeRunFence, requireNotPaused } from './fence.js';
import { withCancellationWhileAwaited } from './heartbeat.js';
import { judgeCommit } from './judge-commit.js';

/**
 * Before any money is spent: the default test is green at the base, and every test command can be found.
 * False when the run cannot start; its row then says why.
 */
export async function checkBase(context: ActivityContext, input: VerdictInput): Promise<boolean> {
  return withCancellationWhileAwaited(context, input.runId, async (signal) => {
    const step = await takeRunFence(context, input.runId);
    const run = await readRun(context.db, input.runId);
    // An earlier attempt of this check has said so, and was not heard.
    if (run.status === 'failed') return false;
    requireNotPaused(run);
    const tests = await listTestCommands(context.db, input.runId);
    const end = await baseProblem(context, run, tests, signal);
    if (end === null) {
      await tryOwnTests(context, run, tests, signal);
      return true;
    }
    await moveRun(context.db, step, 'failed', end);
    return false;
  });
}

interface TestCommand {
  readonly command: string;
  readonly timeoutMs: number;
}

async function baseProblem(
  context: ActivityContext,
  run: RunRecord,
  tests: readonly TestCommand[],
  signal: AbortSignal,
): Promise<RunEnd | null> {
  const judged = (command: string, timeoutMs: number) =>
    judgeCommit(context, { run, commit: run.base, command, timeoutMs }, signal);
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
  context: ActivityContext,
  run: RunRecord,
  tests: readonly TestCommand[],
  signal: AbortSignal,
): Promise<void> {
  const own = tests.filter(({ command }) => command !== run.plan.test);
  const [first] = own;
  if (first === undefined) return;
  // The set-up takes its own time, and is there for whatever comes.
  if (run.plan.setup !== null) {
    await judgeCommit(context, { ...first, run, commit: run.base, command: 'true' }, signal);
  }
  await forEachWithin(
    OWN_TESTS_MS,
    own,
    (test, either) => judgeCommit(context, { ...test, run, commit: run.base }, either),
    signal,
  );
}

function redBase(verdict: VerdictRecord, command: string): RunEnd {
  return {
    code: 'base_red',
    reason: `The test (${command}) is red before anything was changed: ${verdict.summary}. Fix it, or start the run with --allow-red-base.`,
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
