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
import { call } from './authentic.js';
import {
  FRESH_COUNTS,
  PAUSE_SIGNAL,
  type ApplyInput,
  type AttemptKind,
  type TaskOutcome,
  type TaskProgress,
  type TaskRunInput,
  type TaskStart,
  type TurnCounts,
} from '../contract/payloads.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import { NO_PROGRESS } from './task-entry.js';

/** Sent by the lead to pause (true) or resume (false) its tasks. */
export const pauseTaskSignal = defineSignal<[boolean]>(PAUSE_SIGNAL);

/**
 * The workflow of a worker agent on one task. It takes turns until the agent submits, applies and tests the submission,
 * and repeats this until the tests pass or no correction is left. It ends ready (a commit to land), blocked (a question
 * to a person), waiting_on_run (the run waits for a person) or failed. A rebase or an answer starts the task's next workflow,
 * which continues the same conversation.
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

/** The record and the lead's signal report a pause at different moments; they agree within this time. */
const PAUSE_AGREEMENT = '1s';

class WorkerAgent {
  paused: boolean;
  private turns: number;
  private attempts: number;
  private corrections: number;
  private readonly requeues: number;
  /** The tip that the agent's work started from. */
  private readonly start: CommitSha;
  /** The commit that the model reads and edits: the last tested one, or the tip. */
  private base: CommitSha;
  private kind: AttemptKind;
  /** The turn whose submission failed in the same way as the one before; 0 for none. */
  private freshAfter = 0;

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
      // The work of a ready task is not continued: it lands, or the task starts again from the new tip.
      return { kind, progress: { ...this.progress(), ...(kind === 'ready' ? { work: null } : {}) } };
    } catch (error) {
      // An activity failure here is final. Any other error is a bug: it fails the workflow task, which Temporal retries
      // until the fix is deployed. The lead records a cancellation.
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      const reason = error.cause?.message ?? error.message;
      await CancellationScope.nonCancellable(() =>
        call(record.failTask, { summary: 'record the failure' }, { ...this.ids(), reason }),
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
      if (verdict === 'start_again') {
        this.base = this.start;
        this.freshAfter = this.turns;
      }
      this.corrections++;
      this.kind = 'correction';
    }
  }

  /** Turns until a submission is applied, or the model cannot continue. */
  private async takeTurnsUntilSubmission(): Promise<
    { kind: 'commit'; commit: CommitSha } | { kind: Exclude<TaskOutcome['kind'], 'ready'> }
  > {
    const opened = this.attempts === 0 ? { opened: await this.open() } : {};
    let counts = FRESH_COUNTS;
    let timedOut = false;
    let tooLong = 0;
    for (;;) {
      await this.waitUntilUnpaused();
      const turn = this.turns + 1;
      const result = await call(
        model.turn,
        {
          ...modelActivities(this.input.generateTimeoutMs),
          summary: `turn ${turn}, attempt ${this.attempts + 1}`,
        },
        {
          ...this.activityInput(turn),
          base: this.base,
          timeoutMs: this.input.generateTimeoutMs,
          counts,
          start: this.start,
          timedOut,
          tooLong,
          freshAfter: this.freshAfter,
          ...opened,
        },
      );
      switch (result.next) {
        case 'again':
          timedOut = true;
          continue;
        case 'too_long':
          tooLong++;
          continue;
        case 'paused':
          // The run is paused in the record. Either the signal has not arrived yet, or the run was resumed and the
          // record does not show it yet.
          await condition(() => this.paused, PAUSE_AGREEMENT);
          continue;
        case 'failed':
        case 'waiting_on_run':
          return { kind: result.next };
        case 'blocked':
          this.turns = turn;
          return { kind: 'blocked' };
        case 'read':
        case 'invalid':
        case 'compacted':
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
      tooLong = 0;
    }
  }

  /** What the first message says of the task's start. A test without a verdict is tried in a slot for tests. */
  private async open(): Promise<TaskStart> {
    await this.waitUntilUnpaused();
    const { tip, testTimeoutMs } = this.input;
    const input = { ...this.ids(), tip, testTimeoutMs };
    const { mustTry, ...start } = await call(record.openTask, { summary: 'start the task' }, input);
    if (!mustTry) return start;
    await this.waitUntilUnpaused();
    const options = { ...sandboxActivities(testTimeoutMs), summary: 'try its test' };
    return { ...start, testId: await call(sandbox.tryTest, options, input) };
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
    return call(record.apply, { summary: this.summary('apply') }, input);
  }

  private async test(commit: CommitSha) {
    await this.waitUntilUnpaused();
    const { next } = await call(
      sandbox.test,
      { ...sandboxActivities(this.input.testTimeoutMs), summary: this.summary('test') },
      {
        ...this.activityInput(this.turns),
        commit,
        timeoutMs: this.input.testTimeoutMs,
        kind: this.kind,
        corrections: this.corrections,
        maxCorrections: this.input.maxCorrections,
      },
    );
    this.attempts++;
    this.base = commit;
    return next;
  }

  /** Waits while the run is paused: a paused run starts no further activity. */
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

/** The kind of the next attempt: a correction continues tested work; a rebase starts again from a new tip. */
function kindOf(attempts: number, work: TaskProgress['work']): AttemptKind {
  if (attempts === 0) return 'first';
  return work === null ? 'rebase' : 'correction';
}
