/** A set-up that worked at the run's base and fails there now: what it needs, such as a registry, is out of reach. */
import { ApplicationFailure } from '@temporalio/activity';
import { askAboutRun, settleQuestion } from '../../db/blockers.js';
import type { RunRecord } from '../../db/task-record.js';
import type { CommitSha } from '../../contract/ids.js';
import { computeLayerKey, type LayerInputs } from '../../sandbox/setup-cache/dependency-lock-files.js';
import type { ActivityContext } from './activity-context.js';

/** The kind of question. */
const REASON = 'setup';

/** A registry that is away is back within minutes, or within hours; a try that fails may take a minute itself. */
const RETRY_MS = 60_000;

/** Whether a set-up on two commits depends on the same files. Its result for one of them then holds for the other. */
export async function hasSameInputs(
  inputs: Omit<LayerInputs, 'commit'>,
  one: CommitSha,
  other: CommitSha,
): Promise<boolean> {
  const [first, second] = await Promise.all(
    [one, other].map((commit) => computeLayerKey({ ...inputs, commit })),
  );
  return first === second;
}

/**
 * Asks a person about the outage, once. The set-up is tried again every minute whether they answer or not.
 * @param summary what failed, redacted
 * @returns an error that makes Temporal retry the activity: nothing is said about the work that was to be tested
 */
export async function askAboutSetup(
  { db }: ActivityContext,
  run: RunRecord,
  summary: string,
): Promise<ApplicationFailure> {
  const message = `The set-up worked at the base of the run, and fails there now: ${summary}`;
  await askAboutRun(db, run.id, {
    reason: REASON,
    question: `${message}. Is its registry out of reach, or a package gone? Tests wait for it, and it is tried again every minute. This question is settled when it works.`,
  });
  return ApplicationFailure.create({
    message,
    type: 'SetupOutage',
    nextRetryDelay: RETRY_MS,
  });
}

/** The set-up works again. */
export async function settleSetup({ db }: ActivityContext, run: RunRecord): Promise<void> {
  await settleQuestion(db, run.id, REASON);
}
