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
import { landing, model, modelActivities, record, sandbox, sandboxActivities } from './activity-options.js';
import { call } from './authentic.js';
import {
  FRESH_COUNTS,
  type AnswerResult,
  PAUSE_SIGNAL,
  type ApplyInput,
  type AttemptKind,
  type TaskOutcome,
  type TaskProgress,
  type TaskRunInput,
  type TaskStart,
  type TurnCounts,
  type TurnInput,
  type TurnResult,
  type Work,
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
  const outcome = await agent.run();
  setCurrentDetails(`Ended **${outcome.kind}** after ${outcome.progress.attempts} attempts.`);
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.status, value: outcome.kind === 'ready' ? 'completed' : outcome.kind },
  ]);
  return outcome;
}

/** The record and the lead's signal report a pause at different moments; they agree within this time. */
const PAUSE_AGREEMENT = '1s';

/** What has become of the calls of one turn so far. */
type Tries = Pick<TurnInput, 'timedOut' | 'tooLong'>;
const FIRST_TRY: Tries = { timedOut: false, tooLong: 0 };

class WorkerAgent {
  paused: boolean;
  private turns: number;
  private attempts: number;
  private corrections: number;
  private readonly requeues: number;
  private work: Work;
  private kind: AttemptKind;

  constructor(private readonly input: TaskRunInput) {
    this.paused = input.paused;
    const { turns, attempts, corrections, requeues, kind, work } = input.progress ?? NO_PROGRESS;
    this.turns = turns;
    this.attempts = attempts;
    this.corrections = corrections;
    this.requeues = requeues;
    this.work = work ?? { start: input.tip, commit: input.tip, draft: input.tip };
    this.kind = kind;
  }

  async run(): Promise<TaskOutcome> {
    try {
      const kind = await this.workUntilTestsPass();
      // A ready task lands, or the landing says with which work the task goes on.
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
      this.kind = 'correction';
      if (verdict === 'blocked') return 'blocked';
      if (verdict === 'start_again') this.work = { ...this.work, draft: this.work.start };
      this.corrections++;
    }
  }

  /** Turns until a submission is applied, or the model cannot continue. */
  private async takeTurnsUntilSubmission(): Promise<
    { kind: 'commit'; commit: CommitSha } | { kind: Exclude<TaskOutcome['kind'], 'ready'> }
  > {
    const opened = this.attempts === 0 ? { opened: await this.open() } : {};
    let counts = FRESH_COUNTS;
    let tries = FIRST_TRY;
    for (;;) {
      await this.waitUntilUnpaused();
      const turn = this.turns + 1;
      const result = await this.takeTurn(turn, counts, { ...tries, ...opened });
      switch (result.next) {
        case 'again':
          tries = { ...tries, timedOut: true };
          continue;
        case 'too_long':
          // What follows is another call: a summary.
          tries = { timedOut: false, tooLong: tries.tooLong + 1 };
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
          this.moveDraft(result);
          return { kind: 'blocked' };
        case 'continue':
          this.turns = turn;
          this.moveDraft(result);
          counts = result.counts;
          break;
        case 'apply': {
          this.turns = turn;
          this.moveDraft(result);
          const applied = await this.apply(counts);
          if (applied.next === 'test') return { kind: 'commit', commit: applied.commit };
          if (applied.next === 'blocked') return { kind: 'blocked' };
          counts = applied.counts;
          break;
        }
      }
      tries = FIRST_TRY;
    }
  }

  private moveDraft({ draft }: AnswerResult): void {
    if (draft !== undefined) this.work = { ...this.work, draft };
  }

  /** Takes a turn; commands of its answer run on the sandbox queue. */
  private async takeTurn(
    turn: number,
    counts: TurnCounts,
    more: Tries & Pick<TurnInput, 'opened'>,
  ): Promise<Exclude<TurnResult, { next: 'run' }>> {
    const timeoutMs = this.input.generateTimeoutMs;
    const input = { ...this.activityInput(turn), work: this.work, counts };
    const result = await call(
      model.turn,
      { ...modelActivities(timeoutMs), summary: `turn ${turn}, attempt ${this.attempts + 1}` },
      { ...input, ...more, timeoutMs, correctionsLeft: this.input.maxCorrections - this.corrections },
    );
    if (result.next !== 'run') return result;
    await this.waitUntilUnpaused();
    return call(
      sandbox.runCalls,
      {
        ...sandboxActivities(result.timeoutMs),
        summary: `commands of turn ${turn}, attempt ${this.attempts + 1}`,
      },
      input,
    );
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
      work: this.work,
      kind: this.kind,
      counts,
    };
    return call(landing.apply, { summary: this.summary('apply') }, input);
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
    this.work = { ...this.work, commit, draft: commit };
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
    const { start, commit, draft } = this.work;
    return {
      turns: this.turns,
      attempts: this.attempts,
      corrections: this.corrections,
      requeues: this.requeues,
      kind: this.kind,
      work: commit === start && draft === start ? null : this.work,
    };
  }
}
