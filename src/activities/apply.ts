import { interpretAnswer } from '../agent/interpret-answer.js';
import { resolveChanges, type ChangeRules } from '../agent/resolve-changes.js';
import { countEvent } from '../agent/turn-limits.js';
import { cannotApply } from '../agent/questions.js';
import { refusedReply } from '../agent/result-texts.js';
import type { FileChange, Submission } from '../agent/submission.js';
import { readAttempts, storeAttempt, type AttemptRecord } from '../db/attempts.js';
import { askPerson } from '../db/blockers.js';
import type { Fence } from '../db/fencing.js';
import { readTask, type TaskRecord } from '../db/task-record.js';
import { readTurns, recordRefusal, type TurnRecord } from '../db/turns.js';
import { taskCommitMessage } from '../git/store/commit-message.js';
import type { PathChange } from '../git/store/refused-path.js';
import type { GitStore } from '../git/store/git-store.js';
import type { CommitSha } from '../contract/ids.js';
import { protectionOf } from '../protection/protected-files.js';
import type { ApplyInput, ApplyResult } from '../contract/payloads.js';
import { findProtectionBreach, rulesOf } from './support/protected-changes.js';
import { takeFence, requireNotPaused } from './support/fence.js';
import type { ActivityContext } from './support/activity-context.js';

/**
 * Makes a commit of a submission, or refuses all of it and writes nothing. Safe to repeat: date and content come from
 * the record, so a repetition makes the same commit.
 */
export async function apply(context: ActivityContext, input: ApplyInput): Promise<ApplyResult> {
  const fence = await takeFence(context, input);
  const [task, turns, attempts] = await Promise.all([
    readTask(context.db, input.runId, input.taskId),
    readTurns(context.db, input.runId, input.taskId),
    readAttempts(context.db, input.runId, input.taskId),
  ]);
  requireNotPaused(task.run);
  const known = attempts.find((attempt) => attempt.turn === input.turn);
  if (known !== undefined) return { next: 'test', commit: known.commit };
  const turn = turns.find((candidate) => candidate.number === input.turn);
  const submission = turn === undefined ? null : submissionOf(turn);
  if (turn === undefined || submission === null) throw new Error(`Turn ${input.turn} has no submission.`);

  const refused = await context.store.findRefusedPath(input.base, submission.files.map(pathChange));
  if (refused !== null) return refuse(context, fence, input, refused.path, refused.reason);
  const rules = {
    ...changeRules(context.store, input, task, knownPaths(turns, attempts)),
    redactor: await context.redactors.ofRun(task.run),
  };
  const resolved = await resolveChanges(submission, rules);
  if (!resolved.ok) return refuse(context, fence, input, resolved.path, resolved.reason);
  const breach = await findProtectionBreach(context.store, {
    task,
    start: input.start,
    base: input.base,
    changes: resolved.changes,
  });
  if (breach !== null) return refuse(context, fence, input, breach.path, breach.reason);
  const commit = await context.store.commitChanges({
    parent: input.base,
    changes: resolved.changes,
    message: taskCommitMessage({ ...input, title: task.title, explanation: submission.explanation }),
    at: turn.answeredAt,
  });
  await storeAttempt(context.db, fence, {
    ...input,
    number: input.attempt,
    commit,
    tree: await context.store.treeOf(commit),
    files: submission.files.map((file) => file.path),
    explanation: submission.explanation,
  });
  return { next: 'test', commit };
}

function submissionOf(turn: TurnRecord): Submission | null {
  const interpreted = interpretAnswer(turn.answer, turn.stopReason);
  return interpreted.kind === 'submission' ? interpreted.submission : null;
}

function pathChange({ path, action }: FileChange): PathChange {
  return { path, action: action === 'delete' ? 'delete' : 'write' };
}

/** The files that the model knows: it has seen them, or the task wrote them. */
function knownPaths(turns: readonly TurnRecord[], attempts: readonly AttemptRecord[]): ReadonlySet<string> {
  return new Set([...turns.flatMap((turn) => turn.shown), ...attempts.flatMap((attempt) => attempt.files)]);
}

function changeRules(
  store: GitStore,
  { base, start }: { readonly base: CommitSha; readonly start: CommitSha },
  task: TaskRecord,
  known: ReadonlySet<string>,
): Omit<ChangeRules, 'redactor'> {
  const protection = protectionOf(rulesOf(task.run.plan, task));
  return {
    read: (path) => store.readFile(base, path),
    knows: (path) => known.has(path),
    refusal: async (path) => {
      // A file that is new since the start belongs to no one else, so protection does not apply.
      const isNew = (await store.lookUp(start, path)).kind === 'missing';
      return isNew ? null : protection(path);
    },
  };
}

async function refuse(
  context: ActivityContext,
  fence: Fence,
  input: ApplyInput,
  path: string,
  reason: string,
): Promise<ApplyResult> {
  const about = `${JSON.stringify(path)}: ${reason}`;
  await recordRefusal(context.db, fence, { ...input, path, reason, reply: refusedReply(about) });
  const counted = countEvent(input.counts, 'invalid_submission');
  if (counted.next === 'continue') return { next: 'invalid', counts: counted.counts };
  await askPerson(context.db, fence, {
    turn: input.turn,
    reason: 'refused',
    question: cannotApply(about),
  });
  return { next: 'blocked' };
}
