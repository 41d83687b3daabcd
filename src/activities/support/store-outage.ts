/** A git store that was removed under a running worker. What needs it fails, and is tried again until it is back. */
import type { RunActivityInput } from '../../contract/payloads.js';
import type { RunId } from '../../contract/ids.js';
import { askAboutRun, listOpenBlockers, settleQuestion } from '../../db/blockers.js';
import type { Database } from '../../db/database.js';
import { StoreGoneError } from '../../git/process/git-errors.js';
import type { ActivityContext } from './activity-context.js';

/** The kind of question. */
const REASON = 'store';

/** The runs about which an earlier process has asked, and whose store nobody has found again since. */
export async function readRunsWithoutStore(db: Database): Promise<Set<RunId>> {
  const open = await listOpenBlockers(db, null);
  return new Set(open.flatMap(({ reason, runId }) => (reason === REASON ? [runId] : [])));
}

/**
 * Makes an activity that needs the git store ask a person when the store is gone, once for each run. The next activity of the
 * run that succeeds settles the question.
 */
export function withStore<Input extends RunActivityInput, Result>(
  activity: (context: ActivityContext, input: Input) => Promise<Result>,
): (context: ActivityContext, input: Input) => Promise<Result> {
  return async (context, input) => {
    const { db, runsWithoutStore } = context;
    const { runId } = input;
    // The worker id as of now: if this worker is declared dead meanwhile, nothing is recorded.
    const worker = context.worker.id;
    try {
      const result = await activity(context, input);
      if (!runsWithoutStore.has(runId)) return result;
      // The work is done, also when this fails. Then the next activity does it.
      await settleQuestion(db, worker, runId, REASON).then(
        () => runsWithoutStore.delete(runId),
        () => undefined,
      );
      return result;
    } catch (error) {
      if (!(error instanceof StoreGoneError)) throw error;
      runsWithoutStore.add(runId);
      const question = `The run cannot go on: ${error.message}. ${error.fix}. What has landed is in your repository. This question is settled when the store is back.`;
      await askAboutRun(db, worker, runId, { reason: REASON, question });
      throw error;
    }
  };
}
