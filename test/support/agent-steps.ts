import assert from 'node:assert/strict';
import { taskId, type CommitSha } from '../../src/contract/ids.js';
import {
  FRESH_COUNTS,
  type AttemptKind,
  type LandResult,
  type ApplyResult,
  type TaskStart,
  type TestResult,
  type TurnCounts,
  type TurnInput,
  type TurnResult,
  type Work,
} from '../../src/contract/payloads.js';
import type { TestRun } from './activity-bench.js';

/** Calls a task's activities one by one, as its workflow would. It keeps the counts; the test decides what comes next. */
export class AgentSteps {
  turns = 0;
  attempts = 0;
  corrections = 0;
  counts: TurnCounts = FRESH_COUNTS;
  work: Work;
  kind: AttemptKind = 'first';

  constructor(
    private readonly run: TestRun,
    readonly id: string,
  ) {
    this.work = { start: run.base, commit: run.base, draft: run.base };
  }

  private step() {
    return { runId: this.run.id, taskId: taskId(this.id), turn: this.turns, attempt: this.attempts + 1 };
  }

  turnInput(changes: Partial<TurnInput> = {}): TurnInput {
    return {
      ...this.step(),
      turn: this.turns + 1,
      work: this.work,
      timeoutMs: 5_000,
      counts: this.counts,
      correctionsLeft: 3 - this.corrections,
      timedOut: false,
      tooLong: 0,
      ...changes,
    };
  }

  openInput(testTimeoutMs = 10_000) {
    const { runId, taskId } = this.step();
    return { runId, taskId, tip: this.work.start, testTimeoutMs };
  }

  /** Starts the task: its test is tried if it has no verdict yet. */
  async open(testTimeoutMs?: number): Promise<TaskStart> {
    const input = this.openInput(testTimeoutMs);
    const { mustTry, ...start } = await this.run.record.openTask(input);
    return mustTry ? { ...start, testId: await this.run.sandbox.tryTest(input) } : start;
  }

  /** Runs the next turn with the commands of its answer, and counts it when it was answered. */
  async turn(changes: Partial<TurnInput> = {}): Promise<Exclude<TurnResult['next'], 'run'>> {
    const input = this.turnInput(changes);
    const turned = await this.run.model.turn(input);
    const result = turned.next === 'run' ? await this.run.sandbox.runCalls(input) : turned;
    const { next } = result;
    if (next !== 'again' && next !== 'too_long' && next !== 'waiting_on_run' && next !== 'failed')
      this.turns++;
    if (next === 'continue' || next === 'apply' || next === 'blocked')
      this.work = { ...this.work, draft: result.draft ?? this.work.draft };
    if ('counts' in result) this.counts = result.counts;
    return next;
  }

  async apply(): Promise<ApplyResult> {
    const { work, kind, counts } = this;
    const applied = await this.run.record.apply({ ...this.step(), work, kind, counts });
    this.counts = 'counts' in applied ? applied.counts : FRESH_COUNTS;
    return applied;
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
    assert.equal(await this.turn(), 'apply');
    const applied = await this.apply();
    assert.ok(applied.next === 'test');
    assert.equal(await this.test(applied.commit), 'land');
    return applied.commit;
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
