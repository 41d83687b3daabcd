/** What follows a submission: a commit to test, or a refusal that tells the model why. */
import type { AgentContext, AnsweredTurn } from '../agent-context.js';
import { describeRefusal } from './change-draft.js';
import { checkChanges, findKnownBlobs } from './check-changes.js';
import { cannotApply, tooManyTurns } from '../answer/questions.js';
import { incompleteReply, refusedReply } from './result-texts.js';
import { pathsOf, type Submission } from './submission.js';
import { countTurn, type TurnOutcome } from '../answer/turn-limits.js';
import type { CommitSha } from '../../contract/ids.js';
import type { AnswerResult, Work } from '../../contract/payloads.js';
import { storeAttempt } from '../../db/attempts.js';
import { askPerson } from '../../db/blockers.js';
import { readAnsweredTurn, recordRefusal } from '../../db/turns.js';
import type { Change } from '../../git/store/commit-changes.js';
import { taskCommitMessage } from '../../git/store/commit-message.js';
import type { GitStore } from '../../git/store/git-store.js';

/**
 * Makes a commit of the draft with a submission's changes, or refuses all of these and writes nothing. Safe to repeat:
 * date and content come from the record, so a repetition makes the same commit.
 * @param draft the draft after the other calls of the answer
 * @param isIncomplete whether a change before it in the same answer was not made: the model believes that it was
 * @param ifRefused how the turn counts when its submission is refused
 */
export async function applySubmission(
  context: AgentContext,
  turn: AnsweredTurn,
  submission: Submission,
  draft: CommitSha,
  isIncomplete: boolean,
  ifRefused: TurnOutcome,
): Promise<AnswerResult> {
  const { db, store } = context;
  const { fence, input, task } = turn;
  const work: Work = { ...input.work, draft };
  const moved = draft === input.work.draft ? {} : { draft };
  // After the calls of the answer, which may have made files known.
  const answered = await readAnsweredTurn(db, input);
  if (answered.commit !== null) return { next: 'test', commit: answered.commit, ...moved };
  if (isIncomplete) {
    const refusal = { path: null, reason: INCOMPLETE, reply: incompleteReply() };
    return { ...(await refuse(context, turn, refusal, ifRefused)), ...moved };
  }

  const changeContext = {
    ...{ store, task, start: work.start, draft },
    ...{ known: new Set(answered.known), knownBlobs: new Set(answered.knownBlobs) },
    redactor: await context.redactors.ofRun(task.run),
  };
  const { accepted, refused } = await checkChanges(changeContext, submission.files ?? []);
  const [first] = refused;
  if (first !== undefined) {
    const refusal = { ...first, reply: refusedReply(refused.map(describeRefusal)) };
    return { ...(await refuse(context, turn, refusal, ifRefused)), ...moved };
  }
  const message = taskCommitMessage({ ...input, title: task.title, explanation: submission.explanation });
  const changes = accepted.flatMap((file) => file.changes);
  const commit = await commitWork(store, work, changes, message, answered.answeredAt);
  const inDraft = draft === work.commit ? [] : await store.changedPaths(work.commit, commit);
  const files = new Set([...accepted.flatMap(({ file }) => pathsOf(file)), ...inDraft]);
  await storeAttempt(db, fence, {
    ...{ turn: input.turn, kind: input.kind, start: work.start, base: work.commit },
    number: input.attempt,
    commit,
    tree: await store.treeOf(commit),
    files: [...files],
    knownBlobs: await findKnownBlobs(
      changeContext,
      commit,
      accepted.map(({ file }) => file),
    ),
    explanation: submission.explanation,
  });
  return { next: 'test', commit, ...moved };
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

/** Why a submission was refused, for people. */
const INCOMPLETE = 'a change before the submission, in the same answer, was not made';

/** `path` is null when the refusal is about no file. */
interface Refusal {
  readonly path: string | null;
  readonly reason: string;
  /** For the model. */
  readonly reply: string;
}

async function refuse(
  { db }: AgentContext,
  { fence, input }: AnsweredTurn,
  { path, reason: why, reply }: Refusal,
  outcome: TurnOutcome,
): Promise<AnswerResult> {
  await recordRefusal(db, fence, { ...input, path, reason: why, reply });
  const counted = countTurn(input.counts, outcome);
  if (counted.next === 'continue') return { next: 'continue', counts: counted.counts };
  const [reason, question] =
    counted.limit === 'turns'
      ? ['too_many_turns', tooManyTurns()]
      : ['refused', cannotApply(path === null ? why : describeRefusal({ path, reason: why }))];
  await askPerson(db, fence, { turn: input.turn, reason, question });
  return { next: 'blocked' };
}
