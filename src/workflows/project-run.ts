import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { CommitSha, RunId, TaskId } from '../ids.js';
import type { RunStatus } from '../contract.js';
import { landing, record, sandbox, sandboxActivities } from './activities.js';
import { detailsOf } from './details.js';
import {
  REFRESH_SIGNAL,
  UPDATES,
  type LandResult,
  type LeadState,
  type ProjectRunInput,
  type ProjectRunResult,
  type RunSettings,
  type TaskOutcome,
  type TaskProgress,
} from './interface.js';
import { Lane } from './lane.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import { entryOf, occupied, skipDependants, statusOf, toStart, unlocked, type Entry } from './task-graph.js';
import { pauseTaskSignal, taskRun } from './task-run.js';

export const pauseUpdate = defineUpdate(UPDATES.pause);
export const resumeUpdate = defineUpdate(UPDATES.resume);
export const setConcurrencyUpdate = defineUpdate<void, [number]>(UPDATES.setConcurrency);
/** An answer or a retry was recorded: read the record anew. Starts a run again that had ended. */
export const refreshSignal = defineSignal(REFRESH_SIGNAL);
export const stateQuery = defineQuery<LeadState>('state');

/**
 * The lead agent: starts ready tasks in order of priority within the concurrency limit, lands finished ones
 * on the run branch, and goes on until all are done; it waits where a person is asked.
 */
export async function projectRun(input: ProjectRunInput): Promise<ProjectRunResult> {
  const lead = new LeadAgent(input.runId);
  lead.listen();
  try {
    return { status: await lead.lead() };
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(async () => {
      await lead.settled();
      await landing.cancelRun.executeWithOptions({ summary: 'record the cancellation' }, [
        { runId: input.runId },
      ]);
    });
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: 'cancelled' }]);
    throw error;
  }
}

class LeadAgent {
  private readonly graph = new Map<TaskId, Entry>();
  private readonly children = new Map<TaskId, ChildWorkflowHandle<typeof taskRun>>();
  private readonly lane: Lane;
  private settings: RunSettings | undefined;
  private concurrency = 0;
  private tip: CommitSha | undefined;
  private paused = false;
  private stale = false;
  private verifying = false;
  /** Whether the finished branch was checked; null until then, false while a person is asked about it. */
  private verified: boolean | null = null;
  private reported: RunStatus = 'running';
  private changed = false;
  /** Children, landings and a verification under way. */
  private underWay = 0;
  /** The first thing that went wrong beyond a task: it ends the workflow where it is noticed. */
  private broken: { readonly error: unknown } | undefined;

  constructor(private readonly runId: RunId) {
    this.lane = new Lane(runId, this.graph, (result) => this.onLanded(result));
  }

  /** Handlers first: what arrives in the first workflow task must find them. */
  listen(): void {
    setHandler(pauseUpdate, () => this.pause(true), { validator: () => this.mayPause(true) });
    setHandler(resumeUpdate, () => this.pause(false), { validator: () => this.mayPause(false) });
    setHandler(
      setConcurrencyUpdate,
      (limit) => {
        this.concurrency = limit;
        this.changed = true;
      },
      { validator: validConcurrency },
    );
    setHandler(refreshSignal, () => {
      this.stale = true;
      this.changed = true;
    });
    setHandler(stateQuery, () => this.state());
  }

  async lead(): Promise<RunStatus> {
    await this.load();
    if (!(await this.checkBase())) return 'failed';
    for (;;) {
      if (this.broken !== undefined) throw this.broken.error;
      if (this.stale) await this.load();
      this.startWhatMay();
      const status = this.status();
      await this.report(status);
      if (this.over(status)) break;
      await condition(() => this.changed);
      this.changed = false;
    }
    return this.reported;
  }

  /** Reads the graph, or what a person changed in it. */
  private async load(): Promise<void> {
    this.stale = false;
    for (let after: number | null = 0; after !== null;) {
      const page = await record.loadGraph.executeWithOptions({ summary: 'read the plan' }, [
        { runId: this.runId, after },
      ]);
      if (this.settings === undefined) {
        this.settings = page.settings;
        this.concurrency = page.settings.concurrency;
        this.paused = page.settings.status === 'paused';
        this.reported = page.settings.status;
      }
      this.tip ??= page.tip;
      for (const node of page.tasks) this.take(entryOf(node));
      after = page.next;
    }
    if (this.verified === false) this.verified = null;
    this.mark();
  }

  /** A task at work or landing is known better here than in the record. */
  private take(fresh: Entry): void {
    const id = fresh.node.id;
    const known = this.graph.get(id);
    if (known !== undefined && occupied(known)) return;
    fresh.workflows = known?.workflows ?? 0;
    this.graph.set(id, fresh);
    if (fresh.standing === 'ready') this.lane.add(id);
  }

  /** Before any money is spent the default test runs once at the base. */
  private async checkBase(): Promise<boolean> {
    const begun = [...this.graph.values()].some((entry) => entry.progress.turns > 0);
    if (begun) return true;
    return sandbox.checkBase.executeWithOptions(
      { ...sandboxActivities(this.longestTest()), summary: 'test the base' },
      [{ runId: this.runId }],
    );
  }

  private startWhatMay(): void {
    if (this.paused) return;
    const now = Date.now();
    for (const entry of toStart(this.graph, this.concurrency, now)) this.start(entry);
    for (const entry of this.graph.values()) {
      if (entry.standing === 'pending' && entry.waitingSince === null && unlocked(this.graph, entry)) {
        entry.waitingSince = now;
      }
    }
    if (this.lane.due) this.inBackground(this.lane.work());
    if (this.readyToVerify()) this.inBackground(this.verify());
  }

  private start(entry: Entry): void {
    entry.standing = 'running';
    entry.workflows++;
    this.inBackground(this.work(entry));
  }

  private async work(entry: Entry): Promise<void> {
    const { node } = entry;
    try {
      const child = await this.startChild(entry);
      this.children.set(node.id, child);
      this.onOutcome(entry, await child.result());
    } catch (error) {
      // Ended from outside (terminated in the Temporal UI, say). A cancellation is the whole run's.
      if (!(error instanceof ChildWorkflowFailure) || isCancellation(error)) throw error;
      const reason = error.cause?.message ?? error.message;
      await record.failTask({ runId: this.runId, taskId: node.id, reason });
      this.onOutcome(entry, { kind: 'failed', progress: entry.progress });
    } finally {
      this.children.delete(node.id);
    }
  }

  private startChild(entry: Entry): Promise<ChildWorkflowHandle<typeof taskRun>> {
    const { node, progress, reason, workflows } = entry;
    if (this.settings === undefined || this.tip === undefined) throw new Error('the graph is loaded first');
    const suffix = workflows === 1 ? '' : `/${workflows}`;
    return startChild(taskRun, {
      workflowId: `${workflowInfo().workflowId}/${node.id}${suffix}`,
      args: [
        {
          runId: this.runId,
          taskId: node.id,
          reason,
          tip: this.tip,
          progress,
          maxCorrections: this.settings.maxCorrections,
          generateTimeoutMs: node.generateTimeoutMs,
          testTimeoutMs: node.testTimeoutMs,
          paused: this.paused,
        },
      ],
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: `${node.role}: ${node.title}`,
      typedSearchAttributes: [
        { key: SEARCH_ATTRIBUTES.run, value: this.runId },
        { key: SEARCH_ATTRIBUTES.task, value: node.id },
        { key: SEARCH_ATTRIBUTES.role, value: node.role },
        { key: SEARCH_ATTRIBUTES.status, value: 'in_progress' },
      ],
    });
  }

  private onOutcome(entry: Entry, outcome: TaskOutcome): void {
    entry.progress = outcome.progress;
    switch (outcome.kind) {
      case 'ready':
        entry.standing = 'ready';
        this.lane.add(entry.node.id);
        break;
      case 'blocked':
      case 'held':
        entry.standing = outcome.kind;
        break;
      case 'failed':
        entry.standing = 'failed';
        skipDependants(this.graph, entry.node.id);
        break;
    }
    this.mark();
  }

  private onLanded(result: LandResult): void {
    this.tip = result.tip;
    for (const id of result.landed) this.withEntry(id, (entry) => (entry.standing = 'completed'));
    for (const id of result.back) this.withEntry(id, (entry) => this.sendBack(entry));
    this.mark();
  }

  /** Back to its agent, on the new tip, without its earlier changes; it keeps its slot. */
  private sendBack(entry: Entry): void {
    const { progress } = entry;
    const bounced: TaskProgress = { ...progress, bounces: progress.bounces + 1, work: null };
    entry.progress = bounced;
    entry.reason = 'rebase';
    this.start(entry);
  }

  private withEntry(id: TaskId, change: (entry: Entry) => void): void {
    const entry = this.graph.get(id);
    if (entry !== undefined) change(entry);
  }

  private readyToVerify(): boolean {
    return (
      !this.verifying && this.verified === null && !this.lane.busy && statusOf(this.graph) === 'completed'
    );
  }

  private async verify(): Promise<void> {
    this.verifying = true;
    try {
      this.verified = await sandbox.verify.executeWithOptions(
        { ...sandboxActivities(this.longestTest()), summary: 'verify the branch' },
        [{ runId: this.runId }],
      );
    } finally {
      this.verifying = false;
      this.mark();
    }
  }

  private longestTest(): number {
    return Math.max(0, ...[...this.graph.values()].map((entry) => entry.node.testTimeoutMs));
  }

  private status(): RunStatus {
    if (this.paused) return 'paused';
    const status = statusOf(this.graph);
    if (status !== 'completed') return status;
    if (this.verified === null) return 'running';
    return this.verified ? 'completed' : 'blocked';
  }

  private async report(status: RunStatus): Promise<void> {
    setCurrentDetails(detailsOf(this.graph, this.paused));
    if (status === this.reported) return;
    this.reported = status;
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: status }]);
    await record.reportRun.executeWithOptions({ summary: `the run is ${status}` }, [
      { runId: this.runId, status },
    ]);
  }

  /** Nothing is left to do, and nothing arrived while that was being said. */
  private over(status: RunStatus): boolean {
    if (status !== 'completed' && status !== 'failed') return false;
    return !this.stale && !this.changed && !this.lane.busy && allHandlersFinished();
  }

  private mayPause(paused: boolean): void {
    if (this.reported === 'completed' || this.reported === 'failed' || this.reported === 'cancelled') {
      throw ApplicationFailure.nonRetryable(
        `The run is ${this.reported}: there is nothing to ${paused ? 'pause' : 'resume'}.`,
      );
    }
    if (this.paused === paused) {
      throw ApplicationFailure.nonRetryable(paused ? 'The run is paused already.' : 'The run is not paused.');
    }
  }

  private async pause(paused: boolean): Promise<void> {
    this.paused = paused;
    this.mark();
    await Promise.all([...this.children.values()].map((child) => tell(child, paused)));
    await condition(() => this.reported === this.status());
  }

  private state(): LeadState {
    const entries = [...this.graph.values()];
    const ids = (wanted: (entry: Entry) => boolean) => entries.filter(wanted).map((entry) => entry.node.id);
    return {
      paused: this.paused,
      concurrency: this.concurrency,
      running: ids((entry) => entry.standing === 'running'),
      blocked: ids((entry) => entry.standing === 'blocked' || entry.standing === 'held'),
      landing: this.lane.waiting(),
      done: entries.filter((entry) => entry.standing === 'completed').length,
      total: entries.length,
    };
  }

  /** Runs beside the loop; what it throws ends the loop, so that no failure is lost. */
  private inBackground(work: Promise<void>): void {
    this.underWay++;
    const done = () => {
      this.underWay--;
      this.mark();
    };
    work.then(done, (error: unknown) => {
      this.broken ??= { error };
      done();
    });
  }

  /** When everything that was cancelled has ended: nothing of it writes after the last word. */
  async settled(): Promise<void> {
    await condition(() => this.underWay === 0);
  }

  private mark(): void {
    this.changed = true;
  }
}

/** A task that ended meanwhile has nothing to pause: the lead starts no next step of it. */
async function tell(child: ChildWorkflowHandle<typeof taskRun>, paused: boolean): Promise<void> {
  try {
    await child.signal(pauseTaskSignal, paused);
  } catch (error) {
    if (isCancellation(error) || error instanceof ActivityFailure) throw error;
  }
}

/** More at once than this needs crews between the lead and its tasks. */
const MOST_AT_ONCE = 1000;

function validConcurrency(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_AT_ONCE) {
    throw ApplicationFailure.nonRetryable(`A concurrency is a whole number from 1 to ${MOST_AT_ONCE}.`);
  }
}
