import { condition, setCurrentDetails } from '@temporalio/workflow';
import type { RunStatus } from '../contract/contract.js';
import type { RunId, TaskId } from '../contract/ids.js';
import { hasEnded } from '../contract/run-status.js';
import { sandbox, sandboxActivities } from './activity-options.js';
import { BranchCheck } from './branch-check.js';
import { renderDetails, leadState } from './current-details.js';
import type { LandResult, LeadState, ProjectRunInput, TaskOutcome } from '../contract/payloads.js';
import { MergeQueue } from './merge-queue.js';
import { BlockerNotifier } from './blocker-notifications.js';
import { HistoryBound } from './history-bound.js';
import { StatusReport } from './status-report.js';
import { RunTasks } from './task-book.js';
import { skipDependants, statusOf, tasksToStart } from './task-graph.js';
import type { Entry } from './task-entry.js';
import { WorkerAgents } from './worker-agents.js';

/** How the lead's workflow ends: with the run, or by going on as a new one because its history got long. */
export type LeadEnd = { readonly kind: 'ended'; readonly status: RunStatus } | { readonly kind: 'renew' };

/**
 * The lead agent at work: one loop that starts what may start and says how the run stands, woken by whatever
 * happens beside it (tasks that end, landings, a person).
 */
export class LeadAgent {
  readonly report: StatusReport;
  paused = false;
  concurrency: number;
  private readonly runId: RunId;
  private readonly tasks: RunTasks;
  private readonly history: HistoryBound;
  private readonly mergeQueue: MergeQueue;
  private readonly notifier: BlockerNotifier;
  private readonly agents: WorkerAgents;
  private pauseWasSet = false;
  private stale = false;
  private readonly check: BranchCheck;
  private changed = false;
  /** Children, landings and a check under way. */
  private backgroundCount = 0;
  /** The first thing that went wrong beyond a task: it ends the workflow where it is noticed. */
  private failure: { readonly error: unknown } | undefined;

  constructor(input: ProjectRunInput) {
    this.runId = input.runId;
    this.concurrency = input.concurrency ?? 0;
    this.check = new BranchCheck(input.asked === true);
    this.tasks = new RunTasks(input.runId);
    this.history = new HistoryBound(this.tasks);
    this.report = new StatusReport(input.runId);
    this.mergeQueue = new MergeQueue(input.runId, this.tasks.graph, {
      onLanded: (result) => this.onLanded(result),
      waitUntilUnpaused: () => condition(() => !this.paused),
    });
    this.agents = new WorkerAgents(input.runId, this.tasks, { isPaused: () => this.paused });
    this.notifier = new BlockerNotifier(
      input.runId,
      () => this.wake(),
      (error) => this.fail(error),
    );
  }

  get loaded(): boolean {
    return this.tasks.loaded;
  }

  async run(): Promise<LeadEnd> {
    await this.load();
    if (!(await this.checkBase())) {
      // The check has recorded it, with the reason.
      this.report.show('failed');
      return { kind: 'ended', status: 'failed' };
    }
    for (;;) {
      if (this.failure !== undefined) throw this.failure.error;
      if (this.stale) await this.load();
      const renewal = this.history.continueAsNew;
      // Between two tasks, and before the next one takes its slot.
      if (renewal === 'when quiet' && this.isIdle()) return { kind: 'renew' };
      this.startDueWork(renewal === 'due');
      if (!this.paused) this.notifier.startDue();
      setCurrentDetails(renderDetails(this.tasks.graph, this.paused, this.tasks));
      await this.report.record(() => this.status());
      if (this.isFinished()) return { kind: 'ended', status: this.report.recorded };
      if (renewal === 'due' && this.isIdle()) return { kind: 'renew' };
      await condition(() => this.changed);
      this.changed = false;
    }
  }

  /** The record was changed by a person: read it anew. */
  refresh(): void {
    this.stale = true;
    this.wake();
  }

  async pause(paused: boolean): Promise<void> {
    this.paused = paused;
    this.pauseWasSet = true;
    this.wake();
    await this.agents.pause(paused);
    await condition(() => this.loaded);
    await this.report.record(() => this.status());
    // What has ended stays so, and nothing of it is paused.
    if (hasEnded(this.report.recorded)) this.paused = false;
  }

  setConcurrency(limit: number): void {
    this.concurrency = limit;
    this.wake();
  }

  state(): LeadState {
    const { paused, concurrency, tasks, mergeQueue } = this;
    return leadState({ paused, concurrency, landing: mergeQueue.waiting() }, tasks.graph, tasks);
  }

  /** When everything that was cancelled has ended: nothing of it writes after the last word. */
  async waitForBackgroundWork(): Promise<void> {
    await condition(() => this.backgroundCount === 0);
  }

  /** What a new lead is to know beside the record. */
  nextInput(): ProjectRunInput {
    return {
      runId: this.runId,
      concurrency: this.concurrency,
      // Whoever answered meanwhile is heard.
      ...(this.check.isWaiting && !this.stale ? { asked: true } : {}),
    };
  }

  private async load(): Promise<void> {
    const first = !this.loaded;
    const answered = this.stale || !first;
    this.stale = false;
    for (const entry of await this.tasks.load()) this.mergeQueue.add(entry.node.id);
    if (first) this.applySettings();
    // A person's answer makes the run run in the record; where that was not enough it is said anew.
    this.report.setRecorded(this.tasks.recordedStatus);
    this.check.refresh(answered);
    this.notifyPeople();
    this.wake();
  }

  /** What the record says at the start, unless a person was faster. */
  private applySettings(): void {
    const { settings } = this.tasks;
    if (this.concurrency === 0) this.concurrency = settings.concurrency;
    if (!this.pauseWasSet) this.paused = settings.status === 'paused';
  }

  /** Before any money is spent the default test runs once at the base. */
  private async checkBase(): Promise<boolean> {
    if (this.tasks.hasBegun) return true;
    if (this.paused) await condition(() => !this.paused);
    return sandbox.checkBase.executeWithOptions(
      { ...sandboxActivities(this.tasks.longestTestMs), summary: 'test the base' },
      [{ runId: this.runId }],
    );
  }

  /** A lead that is about to be renewed only lets end what runs. */
  private startDueWork(renewing: boolean): void {
    if (this.paused) return;
    if (!renewing) {
      const now = Date.now();
      for (const entry of tasksToStart(this.tasks.graph, this.history.limitSlots(this.concurrency), now))
        this.start(entry);
      for (const entry of this.tasks.graph.newlyStartable()) entry.waitingSince ??= now;
    }
    if (this.mergeQueue.isDue) this.inBackground(this.mergeQueue.landBatch());
    if (this.isCheckDue()) this.inBackground(this.checkBranch());
  }

  private start(entry: Entry): void {
    this.tasks.move(entry, 'running');
    entry.workflows++;
    this.tasks.markChanged(entry.node.id);
    this.inBackground(this.runTask(entry));
  }

  private async runTask(entry: Entry): Promise<void> {
    this.onOutcome(entry, await this.agents.runTask(entry));
  }

  private onOutcome(entry: Entry, outcome: TaskOutcome): void {
    entry.progress = outcome.progress;
    // An answer that came before the lead knew of the question was read too early: read it again.
    const missed = this.tasks.markChanged(entry.node.id);
    switch (outcome.kind) {
      case 'ready':
        this.tasks.move(entry, 'ready');
        this.mergeQueue.add(entry.node.id);
        break;
      case 'blocked':
      case 'held':
        this.tasks.move(entry, outcome.kind);
        this.stale ||= missed;
        this.notifyPeople();
        break;
      case 'failed':
        this.tasks.move(entry, 'failed');
        for (const skipped of skipDependants(this.tasks.graph, entry.node.id))
          this.tasks.markChanged(skipped.node.id);
        this.stale ||= missed;
        break;
    }
    this.wake();
  }

  private onLanded(result: LandResult): void {
    this.tasks.tip = result.tip;
    for (const id of result.landed) this.change(id, (entry) => this.tasks.move(entry, 'completed'));
    for (const id of result.requeued) this.change(id, (entry) => this.requeue(entry));
    if (result.asked) this.notifyPeople();
    this.wake();
  }

  /** Back to its agent, on the new tip, without its earlier changes; it keeps its slot. */
  private requeue(entry: Entry): void {
    const { progress } = entry;
    entry.progress = { ...progress, requeues: progress.requeues + 1, work: null };
    // Otherwise the next lead starts it, as the record says.
    if (this.history.hasRoom) this.start(entry);
    else this.tasks.move(entry, 'pending');
  }

  private change(id: TaskId, change: (entry: Entry) => void): void {
    const entry = this.tasks.graph.get(id);
    this.tasks.markChanged(id);
    if (entry !== undefined) change(entry);
  }

  private isCheckDue(): boolean {
    const status = statusOf(this.tasks.graph);
    return this.check.isDue && !this.mergeQueue.isBusy && (status === 'completed' || status === 'failed');
  }

  /** Publishes the branch once more and, when all tasks are done, runs `verify` on it. */
  private async checkBranch(): Promise<void> {
    this.check.begin();
    const passed = await sandbox.verify.executeWithOptions(
      { ...sandboxActivities(this.tasks.longestTestMs), summary: 'verify the branch' },
      [{ runId: this.runId }],
    );
    this.check.end(passed);
    if (!passed) this.notifyPeople();
  }

  /** Only where the plan names somebody to tell: a run without has no such activities in its history. */
  private notifyPeople(): void {
    if (this.tasks.settings.tells) this.notifier.request();
  }

  private status(): RunStatus {
    if (this.paused) return 'paused';
    const status = statusOf(this.tasks.graph);
    if (status !== 'completed' && status !== 'failed') return status;
    if (this.check.hasPassed) return status;
    return this.check.isWaiting ? 'blocked' : 'running';
  }

  /** Nothing is left to do, and nothing arrived while that was being said. */
  private isFinished(): boolean {
    const { recorded } = this.report;
    if (recorded !== 'completed' && recorded !== 'failed') return false;
    return this.status() === recorded && !this.stale && this.isIdle();
  }

  private isIdle(): boolean {
    return this.backgroundCount === 0 && !this.mergeQueue.isDue && !this.stale;
  }

  /** Runs beside the loop; what it throws ends the loop, so that no failure is lost. */
  private inBackground(work: Promise<void>): void {
    this.backgroundCount++;
    this.history.worked = true;
    const done = () => {
      this.backgroundCount--;
      this.wake();
    };
    work.then(done, (error: unknown) => {
      this.fail(error);
      done();
    });
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
    this.wake();
  }

  private wake(): void {
    this.changed = true;
  }
}
