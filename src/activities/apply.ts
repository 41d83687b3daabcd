import { judge } from '../agent/interpret-answer.js';
import { resolveChanges, type ChangeRules } from '../agent/resolve-changes.js';
import { STRIKES } from '../agent/turn-limits.js';
import { cannotApply } from '../agent/questions.js';
import { REPLY } from '../agent/replies.js';
import type { FileChange, Submission } from '../agent/tools.js';
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
import { bentTest, rulesOf } from './protected-changes.js';
import { takeFence, demandUnpaused } from './fence.js';
import type { Workplace } from './activity-context.js';

/**
 * A submission becomes a commit, or is refused whole and nothing is written. Done twice it gives the same
 * commit: its date and all are the record's.
 */
export async function apply(place: Workplace, input: ApplyInput): Promise<ApplyResult> {
  const fence = await takeFence(place, input);
  const [task, turns, attempts] = await Promise.all([
    readTask(place.db, input.runId, input.taskId),
    readTurns(place.db, input.runId, input.taskId),
    readAttempts(place.db, input.runId, input.taskId),
  ]);
  demandUnpaused(task.run);
  const known = attempts.find((attempt) => attempt.turn === input.turn);
  if (known !== undefined) return { next: 'test', commit: known.commit };
  const turn = turns.find((candidate) => candidate.number === input.turn);
  const submission = turn === undefined ? null : submissionOf(turn);
  if (turn === undefined || submission === null) throw new Error(`turn ${input.turn} holds no submission`);

  const refused = await place.store.refusedPath(input.base, submission.files.map(pathChange));
  if (refused !== null) return refuse(place, fence, input, refused.path, refused.reason);
  const rules = {
    ...changeRules(place.store, input, task, knownPaths(turns, attempts)),
    masker: await place.maskers.ofRun(task.run),
  };
  const resolved = await resolveChanges(submission, rules);
  if (!resolved.ok) return refuse(place, fence, input, resolved.path, resolved.reason);
  const bent = await bentTest(place.store, task, input.start, resolved.changes);
  if (bent !== null) return refuse(place, fence, input, bent.path, bent.reason);
  const commit = await place.store.commitChanges({
    parent: input.base,
    changes: resolved.changes,
    message: taskCommitMessage({ ...input, title: task.title, explanation: submission.explanation }),
    at: turn.answeredAt,
  });
  await storeAttempt(place.db, fence, {
    ...input,
    number: input.attempt,
    commit,
    tree: await place.store.treeOf(commit),
    files: submission.files.map((file) => file.path),
    explanation: submission.explanation,
  });
  return { next: 'test', commit };
}

function submissionOf(turn: TurnRecord): Submission | null {
  const judged = judge(turn.answer, turn.stopReason);
  return judged.kind === 'submission' ? judged.submission : null;
}

function pathChange({ path, action }: FileChange): PathChange {
  return { path, action: action === 'delete' ? 'delete' : 'write' };
}

/** What the model knows to be there: it was shown it, or the task wrote it before. */
function knownPaths(turns: readonly TurnRecord[], attempts: readonly AttemptRecord[]): ReadonlySet<string> {
  return new Set([...turns.flatMap((turn) => turn.shown), ...attempts.flatMap((attempt) => attempt.files)]);
}

function changeRules(
  store: GitStore,
  { base, start }: { readonly base: CommitSha; readonly start: CommitSha },
  task: TaskRecord,
  known: ReadonlySet<string>,
): Omit<ChangeRules, 'masker'> {
  const protection = protectionOf(rulesOf(task.run.plan, task));
  return {
    read: (path) => store.readFile(base, path),
    knows: (path) => known.has(path),
    refusal: async (path) => {
      // New files are nobody's yet.
      const isNew = (await store.lookUp(start, path)).kind === 'missing';
      return isNew ? null : protection(path);
    },
  };
}

async function refuse(
  place: Workplace,
  fence: Fence,
  input: ApplyInput,
  path: string,
  reason: string,
): Promise<ApplyResult> {
  const about = `${JSON.stringify(path)}: ${reason}`;
  const reply = `${REPLY.refused} ${about}. Nothing of this submission was written; send it again without that.`;
  await recordRefusal(place.db, fence, { ...input, path, reason, reply });
  if (input.strikes + 1 < STRIKES) return { next: 'strike' };
  await askPerson(place.db, fence, {
    turn: input.turn,
    reason: 'refused',
    question: cannotApply(about),
  });
  return { next: 'blocked' };
}
