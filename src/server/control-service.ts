import { findAnswerableBlocker, findControllableRun } from '../runs/control/find-run.js';
import { SCRIPTED_MODEL } from '../model/known-models.js';
import type { TaskKey } from '../db/fencing.js';
import type { BlockerId, RunId } from '../contract/ids.js';
import type { Choice } from '../db/blockers.js';
import type { ParsedAnswer } from '../runs/control/answer-choice.js';
import type { RunControlContext } from '../runs/control/lead.js';

/**
 * Run control for the API: the actions are those of the commands of the same names. Each throws a UsageError or an
 * EnvironmentError whose message is for the person who asked.
 */
export interface RunControl {
  answer(blocker: BlockerId, given: ParsedAnswer<Choice>): Promise<void>;
  pause(run: RunId): Promise<void>;
  resume(run: RunId): Promise<void>;
  cancel(run: RunId): Promise<void>;
  setConcurrency(run: RunId, limit: number): Promise<void>;
  retry(task: TaskKey): Promise<void>;
  retryFailed(run: RunId): Promise<void>;
}

export interface RunControlOptions extends RunControlContext {
  /**
   * Keeps a background stack and a worker running while `use` lasts: any worker, or one that has a model. In a fleet
   * workers are managed elsewhere, and this only calls `use`.
   */
  readonly keep: (anyWorker: boolean, use: () => Promise<void>) => Promise<void>;
}

/** Recorded as the author of answers from the dashboard: anyone who has the token. */
const BY = 'dashboard';

/**
 * A healthy lead answers within a second. After this long the person at the page should learn that it does not; the
 * request itself stays in effect.
 */
const LEAD_MS = 15_000;

/** Controls runs through Temporal and the record. */
export function createRunControl({ keep, ...context }: RunControlOptions): RunControl {
  // Loads Temporal's client too, which takes longer than everything else that the server loads.
  const load = async () => {
    const [control, retries] = await Promise.all([
      import('../runs/control/run-control.js'),
      import('../runs/control/retry.js'),
    ]);
    return { ...control, ...retries };
  };
  type Use = (control: Awaited<ReturnType<typeof load>>) => Promise<unknown>;
  /** An action that starts no model work needs no worker with a model. */
  const on = async (run: RunId, startsModelWork: boolean, use: Use) => {
    const control = await load();
    const { model } = await findControllableRun(context, run);
    await keep(!startsModelWork || model === SCRIPTED_MODEL, async () => {
      const { connection } = await context.temporal();
      await connection.withDeadline(Date.now() + LEAD_MS, () => use(control));
    });
  };
  return {
    answer: async (blocker, given) => {
      const { runId } = await findAnswerableBlocker(context, blocker);
      await on(runId, true, (control) => control.answer(context, blocker, given, BY));
    },
    pause: (run) => on(run, false, (control) => control.pauseOrResume(context, run, 'pause')),
    resume: (run) => on(run, true, (control) => control.resume(context, run)),
    cancel: (run) => on(run, false, (control) => control.cancel(context, run)),
    setConcurrency: (run, limit) => on(run, false, (control) => control.setConcurrency(context, run, limit)),
    retry: ({ runId, taskId }) => on(runId, true, (control) => control.retry(context, runId, taskId)),
    retryFailed: (run) => on(run, true, (control) => control.retryFailed(context, run)),
  };
}
