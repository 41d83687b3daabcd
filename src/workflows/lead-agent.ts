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
  private readonly book: RunTasks;
  private readonly history: HistoryBound;
  private readonly lane: MergeQueue;
  private readonly messenger: BlockerNotifier;
  private readonly agents: WorkerAgents;
  private pauseSaid = false;
  private stale = false;
  private readonly check: BranchCheck;
  private changed = false;
  /** Children, landings and a check under way. */
  private underWay = 0;
  /** The first thing that went wrong beyond a task: it ends the workflow where it is noticed. */
  private broken: { readonly error: unknown } | undefined;

  constructor(input: ProjectRunInput) {
    this.runId = input.runId;
    this.concurrency = input.concurrency ?? 0;
    this.check = new BranchCheck(input.asked === true);
    this.book = new RunTasks(input.runId);
    this.history = new HistoryBound(this.book);
    this.report = new StatusReport(input.runId);
    this.lane = new MergeQueue(input.runId, this.book.graph, {
      landed: (result) => this.onLanded(result),
      unpaused: () => condition(() => !this.paused),
    });
    this.agents = new WorkerAgents(input.runId, this.book, { paused: () => this.paused });
    this.messenger = new BlockerNotifier(
      input.runId,
      () => this.mark(),
      (error) => this.breakOff(error),
    );
  }

  get loaded(): boolean {
    return this.book.loaded;
  }

  async lead(): Promise<LeadEnd> {
    await this.load();
    if (!(await this.checkBase())) {
      // The check has recorded it, with the reason.
      this.report.show('failed');
      return { kind: 'ended', status: 'failed' };
    }
    for (;;) {
      if (this.broken !== undefined) throw this.broken.error;
      if (this.stale) await this.load();
      const renewal = this.history.renewal;
      // Between two tasks, and before the next one takes its slot.
      if (renewal === 'when quiet' && this.quiet()) return { kind: 'renew' };
      this.startWhatMay(renewal === 'due');
      if (!this.paused) this.messenger.work();
      setCurrentDetails(renderDetails(this.book.graph, this.paused, this.book));
      await this.report.say(() => this.status());
      if (this.over()) return { kind: 'ended', status: this.report.said };
      if (renewal === 'due' && this.quiet()) return { kind: 'renew' };
      await condition(() => this.changed);
      this.changed = false;
    }
  }

  /** The record was changed by a person: read it anew. */
  refresh(): void {
    this.stale = true;
    this.mark();
  }

  async pause(paused: boolean): Promise<void> {
    this.paused = paused;
    this.pauseSaid = true;
    this.mark();
    await this.agents.pause(paused);
    await condition(() => this.loaded);
    await this.report.say(() => this.status());
    // What has ended stays so, and nothing of it is paused.
    if (hasEnded(this.report.said)) this.paused = false;
  }

  setConcurrency(limit: number): void {
    this.concurrency = limit;
    this.mark();
  }

  state(): LeadState {
    const { paused, concurrency, book, lane } = this;
    return leadState({ paused, concurrency, landing: lane.waiting() }, book.graph, book);
  }

  /** When everything that was cancelled has ended: nothing of it writes after the last word. */
  async settled(): Promise<void> {
    await condition(() => this.underWay === 0);
  }

  /** What a new lead is to know beside the record. */
  carried(): ProjectRunInput {
    return {
      runId: this.runId,
      concurrency: this.concurrency,
      // Whoever answered meanwhile is heard.
      ...(this.check.asked && !this.stale ? { asked: true } : {}),
    };
  }

  private async load(): Promise<void> {
    const first = !this.loaded;
    const answered = this.stale || !first;
    this.stale = false;
    for (const entry of await this.book.load()) this.lane.add(entry.node.id);
    if (first) this.begin();
    // A person's answer makes the run run in the record; where that was not enough it is said anew.
    this.report.found(this.book.recorded);
    this.check.read(answered);
    this.tellPeople();
    this.mark();
  }

  /** What the record says at the start, unless a person was faster. */
  private begin(): void {
    const { settings } = this.book;
    if (this.concurrency === 0) this.concurrency = settings.concurrency;
    if (!this.pauseSaid) this.paused = settings.status === 'paused';
  }

  /** Before any money is spent the default test runs once at the base. */
  private async checkBase(): Promise<boolean> {
    if (this.book.begun) return true;
    if (this.paused) await condition(() => !this.paused);
    return sandbox.checkBase.executeWithOptions(
      { ...sandboxActivities(this.book.longestTestMs), summary: 'test the base' },
      [{ runId: this.runId }],
    );
  }

  /** A lead that is about to be renewed only lets end what runs. */
  private startWhatMay(renewing: boolean): void {
    if (this.paused) return;
    if (!renewing) {
      const now = Date.now();
      for (const entry of tasksToStart(this.book.graph, this.history.slots(this.concurrency), now))
        this.start(entry);
      for (const entry of this.book.graph.newlyStartable()) entry.waitingSince ??= now;
    }
    if (this.lane.due) this.inBackground(this.lane.work());
    if (this.checkDue()) this.inBackground(this.checkBranch());
  }

  private start(entry: Entry): void {
    this.book.move(entry, 'running');
    entry.workflows++;
    this.book.note(entry.node.id);
    this.inBackground(this.work(entry));
  }

  private async work(entry: Entry): Promise<void> {
    this.onOutcome(entry, await this.agents.work(entry));
  }

  private onOutcome(entry: Entry, outcome: TaskOutcome): void {
    entry.progress = outcome.progress;
    // An answer that came before the lead knew of the question was read too early: read it again.
    const missed = this.book.note(entry.node.id);
    switch (outcome.kind) {
      case 'ready':
        this.book.move(entry, 'ready');
        this.lane.add(entry.node.id);
        break;
      case 'blocked':
      case 'held':
        this.book.move(entry, outcome.kind);
        this.stale ||= missed;
        this.tellPeople();
        break;
      case 'failed':
        this.book.move(entry, 'failed');
        for (const skipped of skipDependants(this.book.graph, entry.node.id)) this.book.note(skipped.node.id);
        this.stale ||= missed;
        break;
    }
    this.mark();
  }

  private onLanded(result: LandResult): void {
    this.book.tip = result.tip;
    for (const id of result.landed) this.change(id, (entry) => this.book.move(entry, 'completed'));
    for (const id of result.requeued) this.change(id, (entry) => this.sendBack(entry));
    if (result.asked) this.tellPeople();
    this.mark();
  }

  /** Back to its agent, on the new tip, without its earlier changes; it keeps its slot. */
  private sendBack(entry: Entry): void {
    const { progress } = entry;
    entry.progress = { ...progress, requeues: progress.requeues + 1, work: null };
    // Otherwise the next lead starts it, as the record says.
    if (this.history.hasRoom) this.start(entry);
    else this.book.move(entry, 'pending');
  }

  private change(id: TaskId, change: (entry: Entry) => void): void {
    const entry = this.book.graph.get(id);
    this.book.note(id);
    if (entry !== undefined) change(entry);
  }

  private checkDue(): boolean {
    const status = statusOf(this.book.graph);
    return this.check.due && !this.lane.busy && (status === 'completed' || status === 'failed');
  }

  /** Publishes the branch once more and, when all tasks are done, runs `verify` on it. */
  private async checkBranch(): Promise<void> {
    this.check.begin();
    const passed = await sandbox.verify.executeWithOptions(
      { ...sandboxActivities(this.book.longestTestMs), summary: 'verify the branch' },
      [{ runId: this.runId }],
    );
    this.check.end(passed);
    if (!passed) this.tellPeople();
  }

  /** Only where the plan names somebody to tell: a run without has no such activities in its history. */
  private tellPeople(): void {
    if (this.book.settings.tells) this.messenger.ask();
  }

  private status(): RunStatus {
    if (this.paused) return 'paused';
    const status = statusOf(this.book.graph);
    if (status !== 'completed' && status !== 'failed') return status;
    if (this.check.passed) return status;
    return this.check.asked ? 'blocked' : 'running';
  }

  /** Nothing is left to do, and nothing arrived while that was being said. */
  private over(): boolean {
    const { said } = this.report;
    if (said !== 'completed' && said !== 'failed') return false;
    return this.status() === said && !this.stale && this.quiet();
  }

  private quiet(): boolean {
    return this.underWay === 0 && !this.lane.due && !this.stale;
  }

  /** Runs beside the loop; what it throws ends the loop, so that no failure is lost. */
  private inBackground(work: Promise<void>): void {
    this.underWay++;
    this.history.worked = true;
    const done = () => {
      this.underWay--;
      this.mark();
    };
    work.then(done, (error: unknown) => {
      this.breakOff(error);
      done();
    });
  }

  private breakOff(error: unknown): void {
    this.broken ??= { error };
    this.mark();
  }

  private mark(): void {
    this.changed = true;
  }
}
