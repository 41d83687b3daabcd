/** A git store that was removed under a running worker. What needs it fails, and is tried again until it is back. */
import type { RunActivityInput } from '../../contract/payloads.js';
import type { RunId } from '../../contract/ids.js';
import { askAboutRun, settleQuestion } from '../../db/blockers.js';
import { StoreGoneError } from '../../git/process/git-errors.js';
import type { ActivityContext } from './activity-context.js';

/** The kind of question. */
const REASON = 'store';

/** The runs that have no such question open. An earlier process may have asked about others. */
const settled = new WeakMap<ActivityContext, Set<RunId>>();

/** Makes an activity that needs the git store ask a person when the store is gone, once for each run. */
export function withStore<Input extends RunActivityInput, Result>(
  activity: (context: ActivityContext, input: Input) => Promise<Result>,
): (context: ActivityContext, input: Input) => Promise<Result> {
  return async (context, input) => {
    const { db } = context;
    const { runId } = input;
    // The worker id as of now: if this worker is declared dead meanwhile, nothing is recorded.
    const worker = context.worker.id;
    const known = settled.get(context) ?? new Set();
    settled.set(context, known);
    try {
      const result = await activity(context, input);
      if (known.has(runId)) return result;
      // The work is done, also when this fails. Then the next activity does it.
      await settleQuestion(db, worker, runId, REASON).then(
        () => known.add(runId),
        () => undefined,
      );
      return result;
    } catch (error) {
      if (!(error instanceof StoreGoneError)) throw error;
      known.delete(runId);
      const question = `The run cannot go on: ${error.message}. ${error.fix}. What has landed is in your repository. This question is settled when the store is back.`;
      await askAboutRun(db, worker, runId, { reason: REASON, question });
      throw error;
    }
  };
}
