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
  PAUSE_SIGNAL,
  type ApplyInput,
  type AttemptKind,
  type TaskOutcome,
  type TaskProgress,
  type TaskRunInput,
} from '../contract/payloads.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import { FRESH } from './task-graph.js';

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
const PAUSE_SEEN = '1s';

class WorkerAgent {
  paused: boolean;
  private turns: number;
  private attempts: number;
  private corrections: number;
  private readonly bounces: number;
  /** The tip that the agent's work is made from. */
  private readonly start: CommitSha;
  /** What the model's reads and edits see: the last tested commit, or the tip. */
  private base: CommitSha;
  private kind: AttemptKind;

  constructor(private readonly input: TaskRunInput) {
    this.paused = input.paused;
    const { turns, attempts, corrections, bounces, work } = input.progress ?? FRESH;
    this.turns = turns;
    this.attempts = attempts;
    this.corrections = corrections;
    this.bounces = bounces;
    this.start = work?.start ?? input.tip;
    this.base = work?.commit ?? input.tip;
    this.kind = kindOf(attempts, work);
  }

  async work(): Promise<TaskOutcome> {
    try {
      const kind = await this.untilTestsPass();
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

  private async untilTestsPass(): Promise<TaskOutcome['kind']> {
    for (let strikes = 0; ;) {
      const submitted = await this.untilSubmission(strikes);
      if (submitted === 'strike') {
        strikes++;
        continue;
      }
      if (submitted !== 'apply') return submitted;
      await this.unpaused();
      const applied = await record.apply.executeWithOptions({ summary: this.summary('apply') }, [
        this.applyInput(strikes),
      ]);
      if (applied.next === 'blocked') return 'blocked';
      if (applied.next === 'strike') {
        strikes++;
        continue;
      }
      strikes = 0;
      const verdict = await this.test(applied.commit);
      if (verdict === 'land') return 'ready';
      if (verdict === 'blocked') return 'blocked';
      this.corrections++;
      this.kind = 'correction';
    }
  }

  /** Turns until the model submits something, right or wrong, or can't go on. */
  private async untilSubmission(
    strikes: number,
  ): Promise<'apply' | 'strike' | Exclude<TaskOutcome['kind'], 'ready'>> {
    let timedOut = false;
    for (let reads = 0; ;) {
      await this.unpaused();
      const turn = this.turns + 1;
      const { next } = await model.turn.executeWithOptions(
        {
          ...modelActivities(this.input.generateTimeoutMs),
          summary: `turn ${turn}, attempt ${this.attempts + 1}`,
        },
        [
          {
            ...this.step(turn),
            base: this.base,
            timeoutMs: this.input.generateTimeoutMs,
            strikes,
            reads,
            timedOut,
          },
        ],
      );
      switch (next) {
        case 'again':
          timedOut = true;
          continue;
        case 'paused':
          // The record says it was paused: the signal that said so may be on its way, or the one that it goes on
          // came before the record.
          await condition(() => this.paused, PAUSE_SEEN);
          continue;
        case 'failed':
        case 'held':
          return next;
        case 'read':
          this.turns = turn;
          timedOut = false;
          reads++;
          continue;
        case 'apply':
        case 'strike':
        case 'blocked':
          this.turns = turn;
          return next;
      }
    }
  }

  private async test(commit: CommitSha) {
    await this.unpaused();
    const { next } = await sandbox.test.executeWithOptions(
      { ...sandboxActivities(this.input.testTimeoutMs), summary: this.summary('test') },
      [
        {
          ...this.step(this.turns),
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
  private async unpaused(): Promise<void> {
    if (this.paused) await condition(() => !this.paused);
  }

  private applyInput(strikes: number): ApplyInput {
    return { ...this.step(this.turns), start: this.start, base: this.base, kind: this.kind, strikes };
  }

  private ids() {
    return { runId: this.input.runId, taskId: this.input.taskId };
  }

  private step(turn: number) {
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
      bounces: this.bounces,
      work: this.base === this.start ? null : { start: this.start, commit: this.base },
    };
  }
}

/** A submission from a fresh tip is the first or a rebase; one on work that was red is a correction. */
function kindOf(attempts: number, work: TaskProgress['work']): AttemptKind {
  if (attempts === 0) return 'first';
  return work === null ? 'rebase' : 'correction';
}
