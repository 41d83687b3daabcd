import {
  ActivityFailure,
  CancellationScope,
  continueAsNew,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { CommitSha } from '../contract/ids.js';
import { model, modelActivities, record, sandbox, sandboxActivities } from './activity-options.js';
import { runAdoptable, type Adoptable } from './adoption.js';
import { call } from './authentic.js';
import { isOwnCancellation } from './cancelled-here.js';
import {
  FRESH_COUNTS,
  type AnswerResult,
  PAUSE_SIGNAL,
  type AttemptKind,
  type Paused,
  type TaskOutcome,
  type TaskProgress,
  type TaskRunInput,
  type TestResult,
  type TurnCounts,
  type TurnInput,
  type TurnResult,
  type Work,
} from '../contract/payloads.js';
import { renderEnd } from './current-details.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import { NO_PROGRESS } from './task-entry.js';
import { callUnlessPaused } from './unless-paused.js';

/** Sent by the lead to pause (true) or resume (false) its tasks. */
export const pauseTaskSignal = defineSignal<[boolean]>(PAUSE_SIGNAL);

/**
 * The workflow of a worker agent on one task. It takes turns until the agent submits, tests the commit that was made of
 * the submission, and repeats this until the tests pass or no correction is left. It ends ready (a commit to land), blocked (a
 * question to a person), waiting_on_run (the run waits for a person) or failed. With a long history it continues as new. A rebase
 * or an answer starts the task's next workflow, which continues the same conversation.
 */
export async function taskRun(input: TaskRunInput): Promise<TaskOutcome> {
  const agent = new WorkerAgent(input);
  setHandler(pauseTaskSignal, (paused) => {
    agent.paused = paused;
  });
  const outcome = await runAdoptable(agent);
  setCurrentDetails(renderEnd(outcome));
  // Only for what somebody may look for: each change is a billed action.
  if (outcome.kind !== 'ready') {
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: outcome.kind }]);
  }
  return outcome;
}

/** What has become of the calls of one turn so far. */
type Tries = Pick<TurnInput, 'timedOut' | 'tooLong'>;
const FIRST_TRY: Tries = { timedOut: false, tooLong: 0 };

/** A commit to test, or with what follows its test. */
interface Submitted {
  readonly kind: 'commit';
  readonly commit: CommitSha;
  readonly tested?: TestResult | undefined;
}

class WorkerAgent implements Adoptable {
  paused: boolean;
  isAdopted: boolean;
  private readonly isPaused = () => this.paused;
  private turns: number;
  private attempts: number;
  private corrections: number;
  private readonly requeues: number;
  private work: Work;
  private kind: AttemptKind;
  /** The verdict of its test at its start, for the turns until its first attempt is tested. */
  private testId: number | undefined;

  constructor(private readonly input: TaskRunInput) {
    this.paused = input.paused;
    this.isAdopted = input.adopted ?? false;
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
      const submitted = await this.nextSubmission();
      if (submitted.kind !== 'commit') return submitted.kind;
      const verdict = submitted.tested?.next ?? (await this.test(submitted.commit));
      this.noteTested(submitted.commit);
      if (verdict === 'land') return 'ready';
      this.kind = 'correction';
      if (verdict === 'blocked') return 'blocked';
      if (verdict === 'start_again') this.work = { ...this.work, draft: this.work.start };
      this.corrections++;
      // The server suggests it at 4,096 events and ends a workflow at 51,200. An attempt adds at most 2,000.
      if (workflowInfo().continueAsNewSuggested) await this.continueAsNew();
    }
  }

  /** Goes on in the same workflow with a new history. */
  private async continueAsNew(): Promise<never> {
    // A cancellation that arrived with the last event is handled here: the next execution would not receive it.
    if (isOwnCancellation()) await CancellationScope.current().cancelRequested;
    return continueAsNew<typeof taskRun>({
      ...this.input,
      progress: this.progress(),
      paused: this.paused,
      ...(this.isAdopted ? { adopted: true } : {}),
    });
  }

  /** A person's commit is tested first. Otherwise the agent works until it submits. */
  private async nextSubmission(): ReturnType<WorkerAgent['takeTurnsUntilSubmission']> {
    if (this.kind !== 'handed_in') return this.takeTurnsUntilSubmission();
    return { kind: 'commit', commit: this.work.draft };
  }

  /** Turns until a submission has become a commit, or the model cannot continue. */
  private async takeTurnsUntilSubmission(): Promise<
    Submitted | { kind: Exclude<TaskOutcome['kind'], 'ready'> }
  > {
    let counts = FRESH_COUNTS;
    let tries = FIRST_TRY;
    for (;;) {
      const turn = this.turns + 1;
      const result = await this.takeTurn(turn, counts, tries);
      switch (result.next) {
        case 'try':
          this.testId = await this.tryTest();
          continue;
        case 'again':
          tries = { ...tries, timedOut: true };
          continue;
        case 'too_long':
          // What follows is another call: a summary.
          tries = { timedOut: false, tooLong: tries.tooLong + 1 };
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
        case 'test':
          this.turns = turn;
          this.moveDraft(result);
          return { kind: 'commit', commit: result.commit, tested: result.tested };
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
    tries: Tries,
  ): Promise<Exclude<TurnResult, { next: 'run' } | Paused>> {
    const { generateTimeoutMs: timeoutMs, testTimeoutMs, maxCorrections } = this.input;
    const input = { ...this.activityInput(turn), work: this.work, kind: this.kind, counts };
    const result = await callUnlessPaused(
      this.isPaused,
      model.turn,
      { ...modelActivities(timeoutMs, testTimeoutMs), summary: `turn ${turn}, attempt ${this.attempts + 1}` },
      {
        ...{ ...input, ...tries, timeoutMs, testTimeoutMs },
        ...{ corrections: this.corrections, maxCorrections },
        ...(this.testId === undefined ? {} : { testId: this.testId }),
      },
    );
    this.testId = result.testId ?? this.testId;
    if (result.next !== 'run') return result;
    return callUnlessPaused(
      this.isPaused,
      sandbox.runCalls,
      {
        ...sandboxActivities(result.timeoutMs),
        summary: `commands of turn ${turn}, attempt ${this.attempts + 1}`,
      },
      input,
    );
  }

  /** Has its test tried at its start, in a slot for tests. @returns the id of the verdict */
  private tryTest(): Promise<number> {
    const { testTimeoutMs } = this.input;
    return callUnlessPaused(
      this.isPaused,
      sandbox.tryTest,
      { ...sandboxActivities(testTimeoutMs), summary: 'try its test' },
      { ...this.ids(), start: this.work.start, testTimeoutMs },
    );
  }

  private async test(commit: CommitSha) {
    const { next } = await callUnlessPaused(
      this.isPaused,
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
    return next;
  }

  private noteTested(commit: CommitSha): void {
    this.attempts++;
    this.testId = undefined;
    this.work = { ...this.work, commit, draft: commit };
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
