import assert from 'node:assert/strict';
import { taskId, type CommitSha } from '../../src/contract/ids.js';
import {
  FRESH_COUNTS,
  type AttemptKind,
  type LandResult,
  type TestResult,
  type TurnCounts,
  type TurnInput,
  type TurnResult,
  type Work,
} from '../../src/contract/payloads.js';
import type { TestRun } from './activity-bench.js';

/** No verdict has this id. */
const NO_VERDICT = 0;

/** The result of a turn whose test was tried and whose commands were run where that was needed. */
type Turned = Exclude<TurnResult, { next: 'run' | 'try' }>;

/** Calls a task's activities one by one, as its workflow would. It keeps the counts; the test decides what comes next. */
export class AgentSteps {
  turns = 0;
  attempts = 0;
  corrections = 0;
  counts: TurnCounts = FRESH_COUNTS;
  work: Work;
  kind: AttemptKind = 'first';
  private last: TurnInput | undefined;

  constructor(
    private readonly run: TestRun,
    readonly id: string,
  ) {
    this.work = { start: run.base, commit: run.base, draft: run.base };
  }

  private step() {
    return { runId: this.run.id, taskId: taskId(this.id), turn: this.turns, attempt: this.attempts + 1 };
  }

  /** The input of the next turn, as if its test had been tried before it without a result. */
  turnInput(changes: Partial<TurnInput> = {}): TurnInput {
    return { ...this.startInput(), testId: NO_VERDICT, ...changes };
  }

  /** The same, before anything is known of its test. */
  startInput(): TurnInput {
    return {
      ...this.step(),
      turn: this.turns + 1,
      work: this.work,
      timeoutMs: 5_000,
      kind: this.kind,
      testTimeoutMs: 10_000,
      counts: this.counts,
      corrections: this.corrections,
      maxCorrections: 3,
      timedOut: false,
      tooLong: 0,
    };
  }

  /** Has the task's test tried at its start. @returns the id of the verdict */
  async tryTest(testTimeoutMs = 10_000): Promise<number> {
    const { runId, taskId } = this.step();
    return this.run.sandbox.tryTest({ runId, taskId, start: this.work.start, testTimeoutMs });
  }

  /** Takes the next turn with the commands of its answer, and counts it when it was answered. */
  async turn(changes: Partial<TurnInput> = {}): Promise<Turned['next']> {
    return this.count(this.turnInput(changes));
  }

  /** The same for the first turn: the task's test is tried if it has no verdict on its start. */
  async firstTurn(changes: Partial<TurnInput> = {}): Promise<Turned['next']> {
    return this.count({ ...this.startInput(), ...changes });
  }

  private async count(input: TurnInput): Promise<Turned['next']> {
    this.last = input;
    const result = await this.take(input);
    const { next } = result;
    if (next !== 'again' && next !== 'too_long' && next !== 'waiting_on_run' && next !== 'failed')
      this.turns++;
    if (next === 'continue' || next === 'test' || next === 'blocked')
      this.work = { ...this.work, draft: result.draft ?? this.work.draft };
    if (next === 'test') this.counts = FRESH_COUNTS;
    if ('counts' in result) this.counts = result.counts;
    return next;
  }

  /** Takes the last turn once more, as a retry does that has lost the result: its answer is stored. */
  async repeat(): Promise<Turned> {
    assert.ok(this.last, 'a turn was taken');
    return this.take(this.last);
  }

  /** The commit that the last turn's submission became. */
  async submitted(): Promise<CommitSha> {
    const result = await this.repeat();
    assert.ok(result.next === 'test', result.next);
    return result.commit;
  }

  /** A test that has no verdict on the start is tried before the call. */
  private async take(input: TurnInput): Promise<Turned> {
    const turned = await this.run.model.turn(input);
    if (turned.next === 'try')
      return this.take({ ...input, testId: await this.tryTest(input.testTimeoutMs) });
    return turned.next === 'run' ? this.run.sandbox.runCalls(input) : turned;
  }

  testInput(commit: CommitSha, maxCorrections = 3, timeoutMs = 10_000) {
    const { kind, corrections } = this;
    return { ...this.step(), commit, timeoutMs, kind, corrections, maxCorrections };
  }

  async test(commit: CommitSha, maxCorrections = 3, timeoutMs = 10_000): Promise<TestResult['next']> {
    const { next } = await this.run.sandbox.test(this.testInput(commit, maxCorrections, timeoutMs));
    this.attempts++;
    this.work = { ...this.work, commit, draft: commit };
    if (next !== 'land') {
      this.corrections++;
      this.kind = 'correction';
    }
    return next;
  }

  /** Brings the task to `ready`: one submission that is applied and whose tests pass. */
  async untilReady(): Promise<CommitSha> {
    assert.equal(await this.turn(), 'test');
    const commit = await this.submitted();
    assert.equal(await this.test(commit), 'land');
    return commit;
  }

  /** The task as a candidate for the merge queue. */
  candidate() {
    return { taskId: taskId(this.id), attempt: this.attempts };
  }

  /** Starts again from the task's start, after the same failure twice. */
  startAgain(): void {
    this.work = { ...this.work, draft: this.work.start };
  }

  /** Starts from another tip. */
  startFrom(tip: CommitSha): void {
    this.work = { start: tip, commit: tip, draft: tip };
  }

  /** Goes on after a landing that requeued the task. */
  rebase({ requeued }: Pick<LandResult, 'requeued'>): void {
    const own = requeued.find((task) => task.taskId === this.id);
    assert.ok(own, `${this.id} was requeued`);
    this.work = { start: own.start, commit: own.start, draft: own.draft };
    this.kind = 'rebase';
  }
}

/** The ids of the tasks that a landing requeued. */
export function requeuedIn({ requeued }: Pick<LandResult, 'requeued'>): string[] {
  return requeued.map((task) => task.taskId);
}
