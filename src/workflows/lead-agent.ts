import { condition, setCurrentDetails } from '@temporalio/workflow';
import { type RunStatus, hasEnded } from '../contract/run-status.js';
import type { RunId, TaskId } from '../contract/ids.js';
import { sandbox, sandboxActivities } from './activity-options.js';
import { call } from './authentic.js';
import { BranchCheck } from './branch-check.js';
import { renderDetails, leadState } from './current-details.js';
import type {
  LandResult,
  LeadState,
  ProjectRunInput,
  RequeuedTask,
  TaskOutcome,
} from '../contract/payloads.js';
import { MergeQueue } from './merge-queue.js';
import { BlockerNotifier } from './blocker-notifications.js';
import { HistoryBound } from './history-bound.js';
import { StatusReport } from './status-report.js';
import { RunTasks } from './task-book.js';
import { skipDependants, statusOf, tasksToStart } from './task-graph.js';
import type { Entry } from './task-entry.js';
import { WorkerAgents } from './worker-agents.js';

/** How the lead's workflow ends: with the run, or by continuing as new because its history got long. */
export type LeadEnd =
  { readonly kind: 'ended'; readonly status: RunStatus } | { readonly kind: 'continue_as_new' };

/**
 * The lead agent: one loop that starts tasks and landings and records the run's status. Ended tasks, landings and
 * people wake it.
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
  /** Whether a person has paused or resumed the run since this workflow started. */
  private pauseWasSet = false;
  /** Whether a person changed the record since it was last read. */
  private stale = false;
  private readonly check: BranchCheck;
  /** Wakes the loop. */
  private changed = false;
  /** Running child workflows, landings and checks. */
  private backgroundCount = 0;
  /** The first error that is not a task's failure. The loop throws it, which ends the workflow. */
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
      // The check has recorded the failure and its reason.
      this.report.show('failed');
      return { kind: 'ended', status: 'failed' };
    }
    for (;;) {
      if (this.failure !== undefined) throw this.failure.error;
      if (this.stale) await this.load();
      const decision = this.history.continueAsNew;
      // Nothing runs now: continue as new before the next task takes a slot.
      if (decision === 'when idle' && this.isIdle()) return { kind: 'continue_as_new' };
      this.startDueWork(decision !== 'due');
      if (!this.paused) this.notifier.startDue();
      setCurrentDetails(renderDetails(this.tasks.graph, this.paused, this.tasks));
      await this.report.record(() => this.status());
      if (this.isFinished()) return { kind: 'ended', status: this.report.recorded };
      if (decision === 'due' && this.isIdle()) return { kind: 'continue_as_new' };
      await condition(() => this.changed);
      this.changed = false;
    }
  }

  /** A person changed the record: makes the loop read it again. */
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
    // A run that has ended cannot be paused.
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

  /** Waits until all cancelled background work has ended, so that none of it writes after the final status. */
  async waitForBackgroundWork(): Promise<void> {
    await condition(() => this.backgroundCount === 0);
  }

  /** Input of the next lead workflow: what the record does not hold. */
  nextInput(): ProjectRunInput {
    return {
      runId: this.runId,
      concurrency: this.concurrency,
      // If a person changed the record meanwhile, that may be the answer: the next lead checks again.
      ...(this.check.isWaiting && !this.stale ? { asked: true } : {}),
    };
  }

  private async load(): Promise<void> {
    const first = !this.loaded;
    const answered = this.stale || !first;
    this.stale = false;
    for (const entry of await this.tasks.load()) this.mergeQueue.add(entry.node.id);
    if (first) this.applySettings();
    // A person's answer sets the recorded status to running. If the run is still blocked, the loop records that again.
    this.report.setRecorded(this.tasks.recordedStatus);
    this.check.refresh(answered);
    this.notifyPeople();
    this.wake();
  }

  /** Takes over the recorded settings, except for what a person has changed meanwhile. */
  private applySettings(): void {
    const { settings } = this.tasks;
    if (this.concurrency === 0) this.concurrency = settings.concurrency;
    if (!this.pauseWasSet) this.paused = settings.status === 'paused';
  }

  /** Runs the default test once at the base, before any money is spent. */
  private async checkBase(): Promise<boolean> {
    if (this.tasks.hasBegun) return true;
    if (this.paused) await condition(() => !this.paused);
    return call(
      sandbox.checkBase,
      { ...sandboxActivities(this.tasks.longestTestMs), summary: 'test the base' },
      { runId: this.runId },
    );
  }

  /** @param startsTasks false before continue-as-new: running tasks finish, and no new ones start */
  private startDueWork(startsTasks: boolean): void {
    if (this.paused) return;
    if (startsTasks) {
      const now = Date.now();
      for (const entry of tasksToStart(this.tasks.graph, this.history.limitSlots(this.concurrency), now))
        this.start(entry);
      for (const entry of this.tasks.graph.takeNewlyStartable()) entry.waitingSince ??= now;
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
    // The record may have been read before a person's answer to this outcome: read it again.
    const missed = this.tasks.markChanged(entry.node.id);
    switch (outcome.kind) {
      case 'ready':
        this.tasks.move(entry, 'ready');
        this.mergeQueue.add(entry.node.id);
        break;
      case 'blocked':
      case 'waiting_on_run':
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
    for (const task of result.requeued) this.change(task.taskId, (entry) => this.requeue(entry, task));
    if (result.asked) this.notifyPeople();
    this.wake();
  }

  /** Returns a task to its agent, to go on from the new tip with what can be kept of its work. It keeps its slot. */
  private requeue(entry: Entry, { start, draft }: RequeuedTask): void {
    const { progress } = entry;
    const work = draft === start ? null : { start, commit: start, draft };
    entry.progress = { ...progress, requeues: progress.requeues + 1, kind: 'rebase', work };
    // Without room in the history, the next lead workflow starts it from the record.
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
    const passed = await call(
      sandbox.verify,
      { ...sandboxActivities(this.tasks.longestTestMs), summary: 'verify the branch' },
      { runId: this.runId },
    );
    this.check.end(passed);
    if (!passed) this.notifyPeople();
  }

  /** Only if the plan names a receiver: other runs have no such activities in their history. */
  private notifyPeople(): void {
    if (this.tasks.settings.notifies) this.notifier.request();
  }

  private status(): RunStatus {
    if (this.paused) return 'paused';
    const status = statusOf(this.tasks.graph);
    if (status !== 'completed' && status !== 'failed') return status;
    if (this.check.hasPassed) return status;
    return this.check.isWaiting ? 'blocked' : 'running';
  }

  /** Whether nothing is left to do, and nothing changed while the final status was recorded. */
  private isFinished(): boolean {
    const { recorded } = this.report;
    if (recorded !== 'completed' && recorded !== 'failed') return false;
    return this.status() === recorded && !this.stale && this.isIdle();
  }

  private isIdle(): boolean {
    return this.backgroundCount === 0 && !this.mergeQueue.isDue && !this.stale;
  }

  /** Runs work beside the loop. An error of the work ends the loop, so that no failure is lost. */
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
