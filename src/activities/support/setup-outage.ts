/** A set-up that fails at the run's base, or at another earlier commit: what it needs, such as a registry, is out of reach. */
import { ApplicationFailure } from '@temporalio/activity';
import { askAboutRun, settleQuestion } from '../../db/blockers.js';
import type { RunRecord } from '../../db/task-record.js';
import type { CommitSha } from '../../contract/ids.js';
import { computeLayerKey, type LayerInputs } from '../../sandbox/setup-cache/dependency-lock-files.js';
import type { ActivityContext } from './activity-context.js';

/** The kind of question. */
const REASON = 'setup';

/** As many as git shows of a commit in a large repository. */
const COMMIT_CHARS = 12;

/** A registry that is away is back within minutes, or within hours; a try that fails may take a minute itself. */
const RETRY_MS = 60_000;

/**
 * Finds the first of some commits on which a set-up depends on the same files as on another one; null when there is none.
 * The result of the set-up there holds for both.
 */
export async function findSameInputs(
  inputs: Omit<LayerInputs, 'commit'>,
  commit: CommitSha,
  others: readonly CommitSha[],
): Promise<CommitSha | null> {
  const [own, ...keys] = await Promise.all(
    [commit, ...others].map((each) => computeLayerKey({ ...inputs, commit: each })),
  );
  return others[keys.findIndex((key) => key === own)] ?? null;
}

/**
 * Asks a person about the outage, once. The set-up is tried again every minute whether they answer or not.
 * @param worker the id of this worker, as it was before the set-up began
 * @param at the earlier commit at which it fails
 * @param summary what failed, redacted
 * @returns an error that makes Temporal retry the activity: nothing is said about the work that was to be tested
 */
export async function askAboutSetup(
  { db }: ActivityContext,
  worker: string,
  run: RunRecord,
  at: CommitSha,
  summary: string,
): Promise<ApplicationFailure> {
  const where =
    at === run.base
      ? 'worked at the base of the run, and fails there now'
      : `also fails at the commit ${at.slice(0, COMMIT_CHARS)}, which is older than the work to be tested`;
  const message = `The set-up ${where}: ${summary}`;
  await askAboutRun(db, worker, run.id, {
    reason: REASON,
    question: `${message}. Is its registry out of reach, or a package gone? Tests wait for it, and it is tried again every minute. This question is settled when it works.`,
  });
  return ApplicationFailure.create({
    message,
    type: 'SetupOutage',
    nextRetryDelay: RETRY_MS,
  });
}

/** The set-up works again. @param worker as for askAboutSetup */
export async function settleSetup({ db }: ActivityContext, worker: string, run: RunRecord): Promise<void> {
  await settleQuestion(db, worker, run.id, REASON);
}
