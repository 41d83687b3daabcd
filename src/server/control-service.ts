import { SCRIPTED_MODEL } from '../model/prices.js';
import type { TaskKey } from '../db/fencing.js';
import type { BlockerId, RunId } from '../contract/ids.js';
import type { ReadAnswer } from '../runs/control/answer-choice.js';
import type { Steering } from '../runs/control/lead.js';

/**
 * What the API lets people do: as the commands of the same names. Each throws a UsageError or an EnvironmentError in
 * words for whoever asked.
 */
export interface Hands {
  answer(blocker: BlockerId, given: ReadAnswer): Promise<void>;
  pause(run: RunId): Promise<void>;
  resume(run: RunId): Promise<void>;
  cancel(run: RunId): Promise<void>;
  setConcurrency(run: RunId, limit: number): Promise<void>;
  retry(task: TaskKey): Promise<void>;
}

export interface HandsOptions extends Steering {
  /**
   * Keeps a worker while `use` lasts, any one or one that has a model: what was started then goes on. A background
   * stack stays for that; in a fleet, workers are others' business.
   */
  readonly keep: (anyWorker: boolean, use: () => Promise<void>) => Promise<void>;
}

/** In whose name a page answers: whoever holds the token. */
const BY = 'dashboard';

/**
 * A lead that is well answers within a second; whoever waits for one that is not wants to know. What was asked of it
 * stays asked.
 */
const LEAD_MS = 15_000;

/** Steers through Temporal and the record. */
export function handsOn({ keep, ...steering }: HandsOptions): Hands {
  // With Temporal's client, which takes longer to load than all the rest of a notifier.
  const load = () => import('../runs/control/run-control.js');
  type Use = (steer: Awaited<ReturnType<typeof load>>) => Promise<unknown>;
  /** What starts no model work can be done with any worker. */
  const on = async (run: RunId, startsModelWork: boolean, use: Use) => {
    const steer = await load();
    const { model } = await steer.runToSteer(steering, run);
    await keep(!startsModelWork || model === SCRIPTED_MODEL, async () => {
      const { connection } = await steering.temporal();
      await connection.withDeadline(Date.now() + LEAD_MS, () => use(steer));
    });
  };
  return {
    answer: async (blocker, given) => {
      const { runId } = await (await load()).blockerToAnswer(steering, blocker);
      await on(runId, true, (steer) => steer.answer(steering, blocker, given, BY));
    },
    pause: (run) => on(run, false, (steer) => steer.pauseOrResume(steering, run, 'pause')),
    resume: (run) => on(run, true, (steer) => steer.pauseOrResume(steering, run, 'resume')),
    cancel: (run) => on(run, false, (steer) => steer.cancel(steering, run)),
    setConcurrency: (run, limit) => on(run, false, (steer) => steer.setConcurrency(steering, run, limit)),
    retry: ({ runId, taskId }) => on(runId, true, (steer) => steer.retry(steering, runId, taskId)),
  };
}
