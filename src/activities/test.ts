import { handedInRed, stillRed } from '../agent/answer/questions.js';
import { testOutputId } from '../agent/outputs.js';
import { redReply } from '../agent/changes/result-texts.js';
import { readAttempts, type AttemptRecord } from '../db/attempts.js';
import { askPerson, beginHandedInTest } from '../db/blockers.js';
import { readTask, type TaskRecord } from '../db/task-record.js';
import { isSameFailure } from '../results/same-failure.js';
import { recordVerdict, findVerdictOfAttempt, type VerdictRecord } from '../db/verdicts.js';
import type { Fence } from '../db/fencing.js';
import type { CommitSha } from '../contract/ids.js';
import { PAUSED, type Paused, type TestInput, type TestResult } from '../contract/payloads.js';
import { inPlace } from './support/heartbeat.js';
import { judgeCommit } from './support/judge-commit.js';
import { treeWithProtected } from '../agent/changes/protected-changes.js';
import { takeFence } from './support/fence.js';
import type { ActivityContext } from './support/activity-context.js';

/** Tests an attempt's commit. A green one may land; a red one needs a correction or, when none is left, a person. */
export async function test(context: ActivityContext, input: TestInput): Promise<TestResult | Paused> {
  return inPlace(context, input.runId, async (signal) =>
    testAttempt(context, await takeFence(context, input), input, signal),
  );
}

/** The same, in a place and with a registered fence that the caller has. */
export async function testAttempt(
  context: ActivityContext,
  fence: Fence,
  input: TestInput,
  signal: AbortSignal,
): Promise<TestResult | Paused> {
  const [task, attempts] = await Promise.all([
    readTask(context.db, input.runId, input.taskId),
    readAttempts(context.db, input.runId, input.taskId),
  ]);
  if (task.run.status === 'paused') return PAUSED;
  const isHandedIn = input.kind === 'handed_in';
  const isJudged = attempts.some(({ number, passed }) => number === input.attempt && passed !== null);
  const recorded = isJudged ? await findVerdictOfAttempt(context.db, input) : null;
  // A repetition of this activity may find the question that it has raised: the task stays blocked by it.
  if (isHandedIn && recorded === null) await beginHandedInTest(context.db, fence);
  // A recorded verdict of the attempt counts: repeated elsewhere, or after a failed set-up, the test might give
  // another one, which neither the record nor the model has.
  const before = await findVerdictBefore(context, input);
  const verdict = recorded ?? (await judgeAttempt(context, input, task, attempts, before, signal));
  // The person who handed it in corrects it, or answers otherwise.
  const left = !isHandedIn && input.corrections < input.maxCorrections;
  const startsAgain =
    before !== null &&
    !verdict.passed &&
    isSameFailure(before, verdict) &&
    // Starting again would drop what a person has handed in.
    filesHandedIn(attempts).length === 0;
  await recordVerdict(context.db, fence, {
    ...input,
    command: task.testCommand,
    verdict,
    correction: input.kind === 'correction',
    reply: `${isHandedIn ? HANDED_IN : ''}${redReply(task.testCommand, verdict, testOutputId(verdict.id))}`,
    next: left ? { correction: input.corrections + 1, reason: verdict.summary, startsAgain } : null,
  });
  if (verdict.passed) return { next: 'land' };
  if (left) return { next: startsAgain ? 'start_again' : 'correct' };
  await askPerson(context.db, fence, {
    // No turn raises it, so its attempt tells a repetition from a new question. Turns have positive numbers.
    turn: isHandedIn ? -input.attempt : input.turn,
    reason: 'tests_failed',
    question: isHandedIn
      ? handedInRed(task.testCommand, verdict.summary)
      : stillRed(task.testCommand, input.attempt, verdict.summary),
  });
  return { next: 'blocked' };
}

/** Begins the reply to the agent, which goes on from the person's commit if it goes on. */
const HANDED_IN =
  'A person has handed in a commit of their own in place of your work. The draft is that commit now: read a file again before you change it. ';

/** The red verdict on the attempt that this one corrects; null when there is none. */
async function findVerdictBefore(
  { db }: ActivityContext,
  { kind, attempt, ...task }: TestInput,
): Promise<VerdictRecord | null> {
  return kind === 'correction' ? findVerdictOfAttempt(db, { ...task, attempt: attempt - 1 }) : null;
}

function filesHandedIn(attempts: readonly AttemptRecord[]): string[] {
  return attempts.flatMap(({ kind, files }) => (kind === 'handed_in' ? files : []));
}

/**
 * An agent that submits the same tree again may know that its failure was chance, so the command runs once more. If it
 * passes now, a third run decides, and the verdict says that the test is flaky.
 */
async function judgeAttempt(
  context: ActivityContext,
  input: TestInput,
  task: TaskRecord,
  attempts: readonly AttemptRecord[],
  before: VerdictRecord | null,
  signal: AbortSignal,
): Promise<VerdictRecord> {
  const { commit, start } = await commitToTest(context, input, task, attempts);
  const wanted = {
    ...{ run: task.run, commit, command: task.testCommand, timeoutMs: input.timeoutMs },
    earlier: [start],
  };
  const first = await judgeCommit(context, wanted, signal);
  if (first.id !== before?.id) return first;
  const again = await judgeCommit(context, { ...wanted, occasion: 'again' }, signal);
  if (again.passed === first.passed) return again;
  return judgeCommit(context, { ...wanted, occasion: 'flaky', note: FLAKY }, signal);
}

/** Begins the summary of a verdict on a tree that has got two different ones. */
const FLAKY = 'flaky test (it failed and passed on the same files)';

/**
 * The attempt's commit, with protected files restored to their content at the attempt's start. Only attempts that older
 * rules accepted differ from it. Also returns that start.
 */
async function commitToTest(
  { store }: ActivityContext,
  input: TestInput,
  task: TaskRecord,
  attempts: readonly AttemptRecord[],
): Promise<{ readonly commit: CommitSha; readonly start: CommitSha }> {
  const attempt = attempts.find(({ number }) => number === input.attempt);
  if (attempt?.commit !== input.commit)
    throw new TypeError(`Attempt ${input.attempt} of ${input.taskId} has another commit in the record.`);
  const { start } = attempt;
  const asSubmitted = { commit: input.commit, start };
  // The rules are for agents: a person may change every file.
  if (attempt.kind === 'handed_in') return asSubmitted;
  const withHandedIn = { ...task, handedIn: filesHandedIn(attempts) };
  const tree = await treeWithProtected(store, task.run, withHandedIn, input.commit, start);
  if (tree === null) return asSubmitted;
  const message = 'Protected files as they were';
  return { commit: await store.commitTree({ tree, parents: [input.commit], message, at: NO_DATE }), start };
}

/** A fixed date makes the commit the same in every repetition. Nobody reads it. */
const NO_DATE = new Date(0);
