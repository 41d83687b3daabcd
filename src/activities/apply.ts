import { describeRefusal } from '../agent/change-draft.js';
import { checkChanges, knownFiles } from '../agent/check-changes.js';
import { interpretAnswer } from '../agent/interpret-answer.js';
import { cannotApply, tooManyTurns } from '../agent/questions.js';
import type { RefusedFile } from '../agent/resolve-changes.js';
import { refusedReply } from '../agent/result-texts.js';
import { pathsOf } from '../agent/submission.js';
import { countTurn, invalidSubmission, type TurnOutcome } from '../agent/turn-limits.js';
import { readAttempts, storeAttempt } from '../db/attempts.js';
import { askPerson } from '../db/blockers.js';
import { readCallTotals } from '../db/call-results.js';
import type { Fence } from '../db/fencing.js';
import { readTask } from '../db/task-record.js';
import { readTurns, recordRefusal } from '../db/turns.js';
import type { Change } from '../git/store/commit-changes.js';
import { taskCommitMessage } from '../git/store/commit-message.js';
import type { GitStore } from '../git/store/git-store.js';
import type { CommitSha } from '../contract/ids.js';
import type { ApplyInput, ApplyResult, Work } from '../contract/payloads.js';
import { withHeartbeats } from './support/heartbeat.js';
import { takeFence, requireNotPaused } from './support/fence.js';
import type { ActivityContext } from './support/activity-context.js';

/**
 * Makes a commit of the draft with a submission's changes, or refuses all of these and writes nothing. Safe to repeat:
 * date and content come from the record, so a repetition makes the same commit.
 */
export async function apply(context: ActivityContext, input: ApplyInput): Promise<ApplyResult> {
  return withHeartbeats(() => applySubmission(context, input));
}

async function applySubmission(context: ActivityContext, input: ApplyInput): Promise<ApplyResult> {
  const fence = await takeFence(context, input);
  const [task, turns, attempts, totals] = await Promise.all([
    readTask(context.db, input.runId, input.taskId),
    readTurns(context.db, input.runId, input.taskId),
    readAttempts(context.db, input.runId, input.taskId),
    readCallTotals(context.db, input),
  ]);
  requireNotPaused(task.run);
  const known = attempts.find((attempt) => attempt.turn === input.turn);
  if (known !== undefined) return { next: 'test', commit: known.commit };
  const turn = turns.find((candidate) => candidate.number === input.turn);
  if (turn === undefined) throw new Error(`Turn ${input.turn} is not in the record.`);
  const { steps, ending } = interpretAnswer(turn.answer, turn.stopReason);
  if (ending.kind !== 'submission') throw new Error(`Turn ${input.turn} has no submission.`);
  const { submission } = ending;

  const { store } = context;
  const { work } = input;
  const { accepted, refused } = await checkChanges(
    {
      ...{ store, task, start: work.start, draft: work.draft },
      known: knownFiles(turns, attempts, totals),
      redactor: await context.redactors.ofRun(task.run),
    },
    submission.files ?? [],
  );
  if (refused.length > 0) return refuse(context, fence, input, refused, invalidSubmission(steps));
  const message = taskCommitMessage({ ...input, title: task.title, explanation: submission.explanation });
  const changes = accepted.flatMap((file) => file.changes);
  const commit = await commitWork(store, work, changes, message, turn.answeredAt);
  const inDraft = work.draft === work.commit ? [] : await store.changedPaths(work.commit, commit);
  const files = new Set([...accepted.flatMap(({ file }) => pathsOf(file)), ...inDraft]);
  await storeAttempt(context.db, fence, {
    ...input,
    ...{ start: work.start, base: work.commit },
    number: input.attempt,
    commit,
    tree: await store.treeOf(commit),
    files: [...files],
    explanation: submission.explanation,
  });
  return { next: 'test', commit };
}

/** Makes one commit of the draft and the last changes, on the last tested commit. Returns that when nothing differs. */
async function commitWork(
  store: GitStore,
  { commit: base, draft }: Work,
  changes: readonly Change[],
  message: string,
  at: Date,
): Promise<CommitSha> {
  const changed = await store.commitChanges({ parent: draft, changes, message, at });
  if (draft === base) return changed;
  const tree = await store.treeOf(changed);
  if (tree === (await store.treeOf(base))) return base;
  return store.commitTree({ tree, parents: [base], message, at });
}

async function refuse(
  context: ActivityContext,
  fence: Fence,
  input: ApplyInput,
  refused: readonly RefusedFile[],
  outcome: TurnOutcome,
): Promise<ApplyResult> {
  const [first = { path: '', reason: '' }] = refused;
  const about = refused.map(describeRefusal);
  await recordRefusal(context.db, fence, { ...input, ...first, reply: refusedReply(about) });
  const counted = countTurn(input.counts, outcome);
  if (counted.next === 'continue') return { next: 'invalid', counts: counted.counts };
  const [reason, question] =
    counted.limit === 'turns'
      ? ['too_many_turns', tooManyTurns()]
      : ['refused', cannotApply(describeRefusal(first))];
  await askPerson(context.db, fence, { turn: input.turn, reason, question });
  return { next: 'blocked' };
}
