import {
  ActivityFailure,
  condition,
  CancellationScope,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { CommitSha } from '../contract/ids.js';
import { model, modelActivities, record, sandbox, sandboxActivities } from './activity-options.js';
import {
  FRESH_COUNTS,
  PAUSE_SIGNAL,
  type ApplyInput,
  type AttemptKind,
  type TaskOutcome,
  type TaskProgress,
  type TaskRunInput,
  type TurnCounts,
} from '../contract/payloads.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import { NO_PROGRESS } from './task-entry.js';

/** The lead pauses and resumes its tasks. */
export const pauseTaskSignal = defineSignal<[boolean]>(PAUSE_SIGNAL);

/**
 * A worker agent at one task: turns until it submits, apply, test, and back until its tests pass or nothing
 * is left to try. It ends ready (a commit to land), blocked (a question to a person), held or failed; a
 * rebase or an answer starts its next workflow, in the same conversation.
 */
export async function taskRun(input: TaskRunInput): Promise<TaskOutcome> {
  const agent = new WorkerAgent(input);
  setHandler(pauseTaskSignal, (paused) => {
    agent.paused = paused;
  });
  const outcome = await agent.work();
  setCurrentDetails(`Ended **${outcome.kind}** after ${outcome.progress.attempts} attempts.`);
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.status, value: outcome.kind === 'ready' ? 'completed' : outcome.kind },
  ]);
  return outcome;
}

/** The record and the lead's signal agree within this time, or so long after each other. */
const PAUSE_AGREEMENT = '1s';

class WorkerAgent {
  paused: boolean;
  private turns: number;
  private attempts: number;
  private corrections: number;
  private readonly requeues: number;
  /** The tip that the agent's work is made from. */
  private readonly start: CommitSha;
  /** What the model's reads and edits see: the last tested commit, or the tip. */
  private base: CommitSha;
  private kind: AttemptKind;

  constructor(private readonly input: TaskRunInput) {
    this.paused = input.paused;
    const { turns, attempts, corrections, requeues, work } = input.progress ?? NO_PROGRESS;
    this.turns = turns;
    this.attempts = attempts;
    this.corrections = corrections;
    this.requeues = requeues;
    this.start = work?.start ?? input.tip;
    this.base = work?.commit ?? input.tip;
    this.kind = kindOf(attempts, work);
  }

  async work(): Promise<TaskOutcome> {
    try {
      const kind = await this.workUntilTestsPass();
      // Once it is ready nobody goes on from its work: it lands, or starts again from the new tip.
      return { kind, progress: { ...this.progress(), ...(kind === 'ready' ? { work: null } : {}) } };
    } catch (error) {
      // An activity that gave up for good. Anything else is a bug of ours: it fails the workflow task and
      // waits for the fix; and a cancellation is the lead's to record.
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      const reason = error.cause?.message ?? error.message;
      await CancellationScope.nonCancellable(() =>
        record.failTask.executeWithOptions({ summary: 'record the failure' }, [{ ...this.ids(), reason }]),
      );
      return { kind: 'failed', progress: this.progress() };
    }
  }

  private async workUntilTestsPass(): Promise<TaskOutcome['kind']> {
    for (;;) {
      const submitted = await this.takeTurnsUntilSubmission();
      if (submitted.kind !== 'commit') return submitted.kind;
      const verdict = await this.test(submitted.commit);
      if (verdict === 'land') return 'ready';
      if (verdict === 'blocked') return 'blocked';
      this.corrections++;
      this.kind = 'correction';
    }
  }

  /** Turns until a submission is applied, or the model cannot continue. */
  private async takeTurnsUntilSubmission(): Promise<
    { kind: 'commit'; commit: CommitSha } | { kind: Exclude<TaskOutcome['kind'], 'ready'> }
  > {
    let counts = FRESH_COUNTS;
    let timedOut = false;
    for (;;) {
      await this.waitUntilUnpaused();
      const turn = this.turns + 1;
      const result = await model.turn.executeWithOptions(
        {
          ...modelActivities(this.input.generateTimeoutMs),
          summary: `turn ${turn}, attempt ${this.attempts + 1}`,
        },
        [
          {
            ...this.activityInput(turn),
            base: this.base,
            timeoutMs: this.input.generateTimeoutMs,
            counts,
            timedOut,
          },
        ],
      );
      switch (result.next) {
        case 'again':
          timedOut = true;
          continue;
        case 'paused':
          // The record says that the run is paused. The signal may still be on its way, or the run was resumed and the
          // record does not say so yet.
          await condition(() => this.paused, PAUSE_AGREEMENT);
          continue;
        case 'failed':
        case 'held':
          return { kind: result.next };
        case 'blocked':
          this.turns = turn;
          return { kind: 'blocked' };
        case 'read':
        case 'invalid':
          this.turns = turn;
          counts = result.counts;
          break;
        case 'apply': {
          this.turns = turn;
          const applied = await this.apply(counts);
          if (applied.next === 'test') return { kind: 'commit', commit: applied.commit };
          if (applied.next === 'blocked') return { kind: 'blocked' };
          counts = applied.counts;
          break;
        }
      }
      timedOut = false;
    }
  }

  private async apply(counts: TurnCounts) {
    await this.waitUntilUnpaused();
    const input: ApplyInput = {
      ...this.activityInput(this.turns),
      start: this.start,
      base: this.base,
      kind: this.kind,
      counts,
    };
    return record.apply.executeWithOptions({ summary: this.summary('apply') }, [input]);
  }

  private async test(commit: CommitSha) {
    await this.waitUntilUnpaused();
    const { next } = await sandbox.test.executeWithOptions(
      { ...sandboxActivities(this.input.testTimeoutMs), summary: this.summary('test') },
      [
        {
          ...this.activityInput(this.turns),
          commit,
          timeoutMs: this.input.testTimeoutMs,
          kind: this.kind,
          corrections: this.corrections,
          maxCorrections: this.input.maxCorrections,
        },
      ],
    );
    this.attempts++;
    this.base = commit;
    return next;
  }

  /** A paused run starts no further activity, not even the next turn. */
  private async waitUntilUnpaused(): Promise<void> {
    if (this.paused) await condition(() => !this.paused);
  }

  private ids() {
    return { runId: this.input.runId, taskId: this.input.taskId };
  }

  private activityInput(turn: number) {
    return { ...this.ids(), turn, attempt: this.attempts + 1 };
  }

  private summary(what: string): string {
    return `${what}, attempt ${this.attempts + 1}`;
  }

  private progress(): TaskProgress {
    return {
      turns: this.turns,
      attempts: this.attempts,
      corrections: this.corrections,
      requeues: this.requeues,
      work: this.base === this.start ? null : { start: this.start, commit: this.base },
    };
  }
}

/** A submission from a fresh tip is the first or a rebase; one on work that was red is a correction. */
function kindOf(attempts: number, work: TaskProgress['work']): AttemptKind {
  if (attempts === 0) return 'first';
  return work === null ? 'rebase' : 'correction';
}
