import { allHandlersFinished, condition, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import { type RunStatus, hasEnded } from '../contract/run-status.js';
import type { RunId, TaskId } from '../contract/ids.js';
import { sandbox, sandboxActivities } from './activity-options.js';
import { BranchCheck } from './branch-check.js';
import { renderDetails, leadState } from './current-details.js';
import type {
  EndedTask,
  LandResult,
  LeadState,
  ProjectRunInput,
  RequeuedTask,
  TaskOutcome,
} from '../contract/payloads.js';
import { MergeQueue } from './merge-queue.js';
import { BlockerNotifier, notifyOfEnd } from './blocker-notifications.js';
import { HistoryBound } from './history-bound.js';
import { holdTasks } from './hold-tasks.js';
import { StatusReport } from './status-report.js';
import { RunTasks } from './task-book.js';
import { skipDependants, statusOf, tasksToStart } from './task-graph.js';
import { mayBeRunning, type Entry } from './task-entry.js';
import { callUnlessPaused } from './unless-paused.js';
import { WorkerAgents, type AdoptedEnd } from './worker-agents.js';

/**
 * How many workflows may be starting while others are adopted. Some hundred adoptions take seconds, in which tasks end and new
 * ones are due: some fifteen a second, each for a third of a second.
 */
const ROOM_FOR_STARTS = 10;

/** How long a lead waits for a calm moment in which to continue as new. Activities that are under way end in this time. */
const CALM_MS = 100;

/** Tasks are held back until a lead looks again. A server with Temporal's default settings fires timers up to a second late. */
const HELD_WHILE_CALMING_MS = CALM_MS + 1_400;

/**
 * Tasks are held back until the next step of a replay, or until the server has the command to continue as new. Both take
 * a few milliseconds, or a hundred on a busy machine.
 */
const HELD_FOR_A_STEP_MS = 300;

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
  private readonly isPaused = () => this.paused;
  private readonly runId: RunId;
  private readonly baseTestTimeoutMs: number | undefined;
  private readonly tasks: RunTasks;
  private readonly history: HistoryBound;
  private readonly mergeQueue: MergeQueue;
  private readonly notifier: BlockerNotifier;
  private readonly agents: WorkerAgents;
  /** The tasks that an earlier lead left running, as far as the record does not show their end. */
  private readonly inherited: ReadonlyMap<TaskId, number>;
  /** Tasks whose workflows have to be adopted. */
  private readonly toAdopt: Entry[] = [];
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
    this.baseTestTimeoutMs = input.baseTestTimeoutMs;
    this.check = new BranchCheck(input.asked === true);
    this.tasks = new RunTasks(input.runId);
    this.history = new HistoryBound(this.tasks);
    this.report = new StatusReport(input.runId);
    this.mergeQueue = new MergeQueue(input.runId, this.tasks.graph, {
      onLanded: (result) => this.onLanded(result),
      isPaused: this.isPaused,
    });
    this.inherited = new Map(input.running);
    const lead = {
      isPaused: this.isPaused,
      onAttached: () => this.wake(),
      // With a full history, the next lead checks them: it adopts them all.
      mayCheck: () => !this.paused && this.history.continueAsNew !== 'due',
      onChecked: () => {
        this.history.worked = true;
        this.wake();
      },
    };
    this.agents = new WorkerAgents(input.runId, this.tasks, lead, input.running ?? []);
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
    if (!(await this.begin())) {
      // The check has recorded the failure and its reason.
      this.report.show('failed');
      await this.notifyOfEnd();
      return { kind: 'ended', status: 'failed' };
    }
    for (let waits = 0; ;) {
      // A lead stands still while it is replayed.
      if (workflowInfo().unsafe.isReplaying) holdTasks(HELD_FOR_A_STEP_MS);
      if (this.failure !== undefined) throw this.failure.error;
      if (this.stale) await this.load();
      if (this.isCancelled) return this.endCancelled();
      const decision = this.history.continueAsNew;
      // Nothing runs now: continue as new before the next task takes a slot.
      if (decision === 'when idle' && this.isIdle()) return { kind: 'continue_as_new' };
      this.adoptTasks();
      this.startDueWork(decision === 'due');
      // Also while the run is paused: a person may be able to answer before it is resumed.
      this.notifier.startDue();
      setCurrentDetails(renderDetails(this.tasks.graph, this.paused, this.tasks));
      await this.report.record(() => this.status());
      if (this.report.isContradicted) {
        this.stale = true;
        continue;
      }
      if (this.isFinished()) {
        await this.notifyOfEnd();
        // A person may have retried a task meanwhile.
        if (this.isFinished()) return { kind: 'ended', status: this.report.recorded };
        continue;
      }
      const handsOver = decision === 'due' && this.canHandOver();
      this.history.noteLength();
      // An update that is under way may take long, and much may arrive until it ends.
      if (handsOver && this.history.isCalm(waits) && allHandlersFinished()) {
        holdTasks(HELD_FOR_A_STEP_MS);
        return { kind: 'continue_as_new' };
      }
      if (handsOver) await this.waitForCalm(waits++);
      else {
        waits = 0;
        await condition(() => this.changed);
      }
      this.changed = false;
    }
  }

  /**
   * Whether the run is cancelled in the record, although this lead was not: a command that pauses the run may have started it
   * just after the lead before it was cancelled.
   */
  private get isCancelled(): boolean {
    return this.tasks.recordedStatus === 'cancelled';
  }

  /** Waits for a moment in which the lead can continue as new. @param waits how often it has done so */
  private async waitForCalm(waits: number): Promise<void> {
    holdTasks(HELD_WHILE_CALMING_MS);
    // Whatever happens meanwhile: the loop's next step sees whether anything has.
    if (this.history.isPatient(waits)) await sleep(CALM_MS);
    else await condition(() => this.changed, CALM_MS);
  }

  private async endCancelled(): Promise<LeadEnd> {
    await this.cancelTasks();
    this.report.show('cancelled');
    await this.notifyOfEnd(true);
    return { kind: 'ended', status: 'cancelled' };
  }

  /** A person changed the record: makes the loop read it again. */
  refresh(): void {
    this.stale = true;
    this.wake();
  }

  /** Whether a person changed the record since it was last read, or since `expectNoChange`. */
  get isStale(): boolean {
    return this.stale;
  }

  /** What a person changes from now on is for the next lead. */
  expectNoChange(): void {
    this.stale = false;
  }

  /** A task that was adopted from an earlier lead has ended. */
  taskEnded(ended: EndedTask): void {
    this.agents.onEnded(ended);
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
    await this.agents.cancelAll();
    await condition(() => this.backgroundCount === 0);
  }

  /** Cancels the running tasks, because the lead ends without them. */
  async cancelTasks(): Promise<void> {
    await this.agents.cancelAll();
    await condition(() => this.agents.isIdle);
  }

  /** Input of the next lead workflow: what the record does not hold. */
  nextInput(): ProjectRunInput {
    return {
      runId: this.runId,
      concurrency: this.concurrency,
      ...(this.agents.running.length > 0 ? { running: this.agents.running } : {}),
      // If a person changed the record meanwhile, that may be the answer: the next lead checks again.
      ...(this.check.isWaiting && !this.stale ? { asked: true } : {}),
    };
  }

  private async load(): Promise<void> {
    const first = !this.loaded;
    const changed = this.stale || !first;
    this.stale = false;
    for (const entry of await this.tasks.load()) this.mergeQueue.add(entry.node.id);
    if (first) {
      this.applySettings();
      this.findRunningTasks();
    } else this.history.worked = true;
    // A person's answer sets the recorded status to running. If the run is still blocked, the loop records that again.
    this.report.setRecorded(this.tasks.recordedStatus);
    // Nobody can change a completed run.
    this.check.refresh(changed && this.tasks.recordedStatus !== 'completed');
    this.notifyPeople();
    this.wake();
  }

  /** Takes over the recorded settings, except for what a person has changed meanwhile. */
  private applySettings(): void {
    const { settings } = this.tasks;
    if (this.concurrency === 0) this.concurrency = settings.concurrency;
    if (!this.pauseWasSet) this.paused = settings.status === 'paused';
  }

  /** Reads the plan, and in a new run tests the base. @returns false when the run cannot start */
  private async begin(): Promise<boolean> {
    if (this.baseTestTimeoutMs === undefined) {
      await this.load();
      return this.isCancelled || this.tasks.hasBegun || this.checkBase(this.tasks.longestTestMs);
    }
    // Both, also when one is cancelled: neither may write after the run's end was recorded.
    const [checked, loaded] = await Promise.allSettled([this.checkBase(this.baseTestTimeoutMs), this.load()]);
    if (loaded.status === 'rejected') throw loaded.reason;
    if (checked.status === 'rejected') throw checked.reason;
    return this.isCancelled || checked.value;
  }

  /** Runs the default test once at the base, before any money is spent. @param testMs the longest test timeout of all tasks */
  private checkBase(testMs: number): Promise<boolean> {
    return callUnlessPaused(
      this.isPaused,
      sandbox.checkBase,
      { ...sandboxActivities(testMs), summary: 'test the base' },
      { runId: this.runId },
    );
  }

  /** Finds the tasks on which workflows of an earlier lead may still work. They hold their slots. */
  private findRunningTasks(): void {
    for (const entry of this.tasks.graph.values()) {
      const { node } = entry;
      const workflows = this.inherited.get(node.id);
      entry.workflows = Math.max(entry.workflows, workflows ?? 0);
      if (!mayBeRunning(node, workflows)) continue;
      this.tasks.move(entry, 'running');
      this.toAdopt.push(entry);
    }
  }

  private adoptTasks(): void {
    for (const entry of this.toAdopt.splice(0, Math.max(0, this.agents.room - ROOM_FOR_STARTS)))
      this.inBackground(this.follow(entry, this.agents.adopt(entry)));
  }

  /** @param isFull whether the lead continues as new soon: it begins nothing that it would have to wait for */
  private startDueWork(isFull: boolean): void {
    if (this.paused) return;
    if (this.history.mayStartTasks(this.mergeQueue.isBusy)) this.startTasks();
    if (isFull) return;
    if (this.mergeQueue.isDue) this.inBackground(this.mergeQueue.landBatch());
    if (this.isCheckDue()) this.inBackground(this.checkBranch());
  }

  private startTasks(): void {
    const now = Date.now();
    const { graph } = this.tasks;
    for (const entry of tasksToStart(graph, this.concurrency, now, this.agents.room)) this.start(entry);
    for (const entry of graph.takeNewlyStartable()) entry.waitingSince ??= now;
  }

  private start(entry: Entry): void {
    this.tasks.move(entry, 'running');
    entry.workflows++;
    this.tasks.markChanged(entry.node.id);
    this.inBackground(this.follow(entry, this.agents.runTask(entry)));
  }

  /** Waits for the end of a task's workflow. */
  private async follow(entry: Entry, end: Promise<AdoptedEnd>): Promise<void> {
    const ended = await end;
    if (ended === 'gone') await this.readEnd(entry);
    else this.onOutcome(entry, ended);
  }

  /** Reads from the record how a task has ended whose workflow could not report it. */
  private async readEnd(entry: Entry): Promise<void> {
    const { id } = entry.node;
    const inherited = this.inherited.get(id);
    const fresh = await this.tasks.readEnded(id);
    if (fresh === undefined) return;
    // A blocked task was not terminated at work: its workflow has asked, or waited on the run, and a person has answered.
    const isBlocked = fresh.node.status === 'blocked';
    if (!isBlocked && inherited !== undefined && mayBeRunning(fresh.node, inherited)) {
      this.onOutcome(entry, await this.agents.fail(entry, 'Its workflow was ended in Temporal.'));
      return;
    }
    this.history.worked = true;
    this.tasks.replace(fresh);
    // A person may have acted on it since.
    this.stale ||= this.tasks.markChanged(id);
    if (fresh.state === 'ready') this.mergeQueue.add(id);
    if (fresh.state === 'failed' || fresh.state === 'skipped') this.skipDependants(id);
    this.notifyPeople();
    this.wake();
  }

  private skipDependants(id: TaskId): void {
    for (const skipped of skipDependants(this.tasks.graph, id)) this.tasks.markChanged(skipped.node.id);
  }

  private onOutcome(entry: Entry, outcome: TaskOutcome): void {
    this.history.worked = true;
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
        this.skipDependants(entry.node.id);
        this.stale ||= missed;
        break;
    }
    this.wake();
  }

  private onLanded(result: LandResult): void {
    this.history.worked = true;
    this.tasks.tip = result.tip;
    for (const id of result.landed) this.change(id, (entry) => this.tasks.move(entry, 'completed'));
    for (const task of result.requeued) this.change(task.taskId, (entry) => this.requeue(entry, task));
    if (result.asked) this.notifyPeople();
    if (result.verified) this.check.skip();
    this.wake();
  }

  /** Returns a task to its agent, to go on from the new tip with what can be kept of its work. It keeps its slot. */
  private requeue(entry: Entry, { start, draft }: RequeuedTask): void {
    const { progress } = entry;
    const work = draft === start ? null : { start, commit: start, draft };
    entry.progress = { ...progress, requeues: progress.requeues + 1, kind: 'rebase', work };
    // With a full history, the next lead starts it from the record.
    if (this.history.continueAsNew !== 'due') this.start(entry);
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
    const passed = await callUnlessPaused(
      this.isPaused,
      sandbox.verify,
      { ...sandboxActivities(this.tasks.longestTestMs), summary: 'verify the branch' },
      { runId: this.runId },
    );
    this.check.end(passed);
    this.history.worked = true;
    if (!passed) this.notifyPeople();
  }

  /** Notifies of the run's end; stops waiting for it when a person continues the run. */
  async notifyOfEnd(last = false): Promise<void> {
    if (!this.loaded || !this.tasks.settings.notifiesOfEnd) return;
    const notified = notifyOfEnd(this.runId, last);
    notified.catch((error: unknown) => this.fail(error));
    await Promise.race([notified, condition(() => this.stale)]);
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
    return this.backgroundCount === 0 && !this.mergeQueue.isDue && this.toAdopt.length === 0 && !this.stale;
  }

  /** Whether the lead waits for nothing but running tasks, which the next lead adopts. */
  private canHandOver(): boolean {
    const { length } = this.agents.running;
    return this.backgroundCount === length && this.toAdopt.length === 0 && !this.stale;
  }

  /** Runs work beside the loop. An error of the work ends the loop, so that no failure is lost. */
  private inBackground(work: Promise<void>): void {
    this.backgroundCount++;
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
