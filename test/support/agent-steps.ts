import assert from 'node:assert/strict';
import { taskId, type CommitSha } from '../../src/contract/ids.js';
import type {
  AttemptKind,
  ApplyResult,
  TestResult,
  TurnInput,
  TurnResult,
} from '../../src/contract/payloads.js';
import type { TestRun } from './workplace.js';

/** A task's steps by hand, as its workflow would make them: it keeps the counts, the test decides what is next. */
export class AgentSteps {
  turns = 0;
  attempts = 0;
  corrections = 0;
  strikes = 0;
  start: CommitSha;
  base: CommitSha;
  kind: AttemptKind = 'first';

  constructor(
    private readonly run: TestRun,
    readonly id: string,
  ) {
    this.start = run.base;
    this.base = run.base;
  }

  private step() {
    return { runId: this.run.id, taskId: taskId(this.id), turn: this.turns, attempt: this.attempts + 1 };
  }

  turnInput(changes: Partial<TurnInput> = {}): TurnInput {
    return {
      ...this.step(),
      turn: this.turns + 1,
      base: this.base,
      timeoutMs: 5_000,
      strikes: this.strikes,
      reads: 0,
      timedOut: false,
      ...changes,
    };
  }

  /** The next turn; counted when it was answered. */
  async turn(changes: Partial<TurnInput> = {}): Promise<TurnResult['next']> {
    const { next } = await this.run.model.turn(this.turnInput(changes));
    if (next !== 'again' && next !== 'held' && next !== 'failed') this.turns++;
    if (next === 'strike') this.strikes++;
    return next;
  }

  async apply(): Promise<ApplyResult> {
    const { start, base, kind, strikes } = this;
    const applied = await this.run.record.apply({ ...this.step(), start, base, kind, strikes });
    this.strikes = applied.next === 'test' ? 0 : this.strikes + 1;
    return applied;
  }

  testInput(commit: CommitSha, maxCorrections = 3, timeoutMs = 10_000) {
    const { kind, corrections } = this;
    return { ...this.step(), commit, timeoutMs, kind, corrections, maxCorrections };
  }

  async test(commit: CommitSha, maxCorrections = 3, timeoutMs = 10_000): Promise<TestResult['next']> {
    const { next } = await this.run.sandbox.test(this.testInput(commit, maxCorrections, timeoutMs));
    this.attempts++;
    this.base = commit;
    if (next !== 'land') {
      this.corrections++;
      this.kind = 'correction';
    }
    return next;
  }

  /** One submission that is applied and whose tests pass. */
  async untilReady(): Promise<CommitSha> {
    assert.equal(await this.turn(), 'apply');
    const applied = await this.apply();
    assert.ok(applied.next === 'test');
    assert.equal(await this.test(applied.commit), 'land');
    return applied.commit;
  }

  /** What the landing is asked to take. */
  candidate() {
    return { taskId: taskId(this.id), attempt: this.attempts };
  }

  /** From a new tip, without what it did before. */
  rebase(tip: CommitSha): void {
    this.start = tip;
    this.base = tip;
    this.kind = 'rebase';
  }
}
