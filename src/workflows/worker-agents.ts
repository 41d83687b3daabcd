import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  sleep,
  startChild,
  TemporalFailure,
  workflowInfo,
  type ChildWorkflowHandle,
  type ExternalWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { RunId, TaskId } from '../contract/ids.js';
import { record } from './activity-options.js';
import { adoptSignal } from './adoption.js';
import { call } from './authentic.js';
import { isOwnCancellation } from './cancelled-here.js';
import { isRejected } from '../contract/authenticity.js';
import type { EndedTask, RunningTask, TaskOutcome } from '../contract/payloads.js';
import { forEachConcurrently } from '../shared/async/for-each-concurrently.js';
import { summaryLine } from '../shared/words/summary-line.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import type { RunTasks } from './task-book.js';
import { NO_PROGRESS, type Entry } from './task-entry.js';
import { pauseTaskSignal, taskRun } from './task-run.js';

/** What the worker agents need from the lead. */
export interface AgentsLead {
  isPaused(): boolean;
  /** Called when a task's workflow has started or was adopted. */
  onAttached(): void;
  /** Whether the adopted tasks may be checked, which makes the history longer. */
  mayCheck(): boolean;
  /** Called after each check of the adopted tasks, which has made the history longer. */
  onChecked(): void;
}

/**
 * How many workflows may be starting, or about to be adopted, at once. Each answers with an event. While the lead's
 * workflow task runs, the server keeps these aside; above a hundred of them it fails that task.
 */
const MAX_PENDING = 50;

/**
 * How often a lead makes sure that its adopted tasks still run. One that was terminated cannot report its end. It is rare,
 * and a check of a task costs two events.
 */
const CHECK_ADOPTED = '5m';

/** The end of an adopted task. `gone`: its workflow has ended, and only the record says how. */
export type AdoptedEnd = TaskOutcome | 'gone';

/** A workflow that an earlier lead started. */
interface Adopted {
  readonly handle: ExternalWorkflowHandle;
  ended: TaskOutcome | 'cancelled' | 'gone' | undefined;
}

/** The lead's worker agents: one workflow for each running task, started by this lead or adopted from an earlier one. */
export class WorkerAgents {
  /** Running workflows: they have started, or have received that they are adopted. */
  private readonly attached = new Map<
    TaskId,
    { readonly handle: Signallable; readonly running: RunningTask }
  >();
  private pending = 0;
  /** By workflow id. */
  private readonly adopted = new Map<string, Adopted>();
  /** Ends that were reported before this lead adopted the task: to an earlier lead's address, which is this one's. */
  private readonly early = new Map<string, TaskOutcome | 'cancelled'>();
  private isChecking = false;
  /** The tasks that an earlier lead left running, and that this one has not adopted yet. */
  private readonly inherited: Map<TaskId, number>;
  /** Cancelled when the lead ends without them. */
  private readonly scope = new CancellationScope();

  constructor(
    private readonly runId: RunId,
    private readonly tasks: RunTasks,
    private readonly lead: AgentsLead,
    inherited: readonly RunningTask[],
  ) {
    this.inherited = new Map(inherited);
  }

  /** The tasks whose workflows go on when the lead continues as new. */
  get running(): readonly RunningTask[] {
    return [...this.attached.values()].map(({ running }) => running);
  }

  get isIdle(): boolean {
    return this.attached.size === 0 && this.pending === 0;
  }

  /** How many more tasks may be started or adopted now. */
  get room(): number {
    return MAX_PENDING - this.pending;
  }

  /** Runs a task's next workflow to its end. @throws the cancellation of the run */
  async runTask(entry: Entry): Promise<AdoptedEnd> {
    return this.scope.run(() => this.runChild(entry));
  }

  /** Adopts the running workflow of a task, and waits for its end. @throws the cancellation of the run */
  async adopt(entry: Entry): Promise<AdoptedEnd> {
    this.inherited.delete(entry.node.id);
    return this.scope.run(() => this.awaitAdopted(entry));
  }

  /** An adopted task has ended. */
  onEnded({ workflowId, outcome }: EndedTask): void {
    const adopted = this.adopted.get(workflowId);
    const ended = outcome ?? 'cancelled';
    if (adopted === undefined) this.early.set(workflowId, ended);
    else adopted.ended = ended;
  }

  /** Pauses or resumes all running tasks. */
  async pause(paused: boolean): Promise<void> {
    await Promise.all([...this.attached.values()].map(({ handle }) => signalPause(handle, paused)));
  }

  /** Cancels all tasks, and waits until the workflows have ended that this lead has not adopted yet. */
  async cancelAll(): Promise<void> {
    this.scope.cancel();
    await forEachConcurrently(this.inherited.entries(), MAX_PENDING, ([id, workflows]) =>
      this.cancelInherited(workflowIdOf(id, workflows)),
    );
  }

  /** Cancels a workflow that was not adopted yet, and waits until it has ended. */
  private async cancelInherited(workflowId: string): Promise<void> {
    const ended = this.early.get(workflowId);
    if (ended !== undefined) return;
    const adopted: Adopted = { handle: getExternalWorkflowHandle(workflowId), ended };
    this.adopted.set(workflowId, adopted);
    if (!(await askToReport(adopted, false))) return;
    this.checkAdopted();
    await cancelAndAwait(adopted);
  }

  private async runChild(entry: Entry): Promise<AdoptedEnd> {
    const { node } = entry;
    try {
      const startedPaused = this.lead.isPaused();
      const child = await this.whilePending(() => this.start(entry, startedPaused));
      await this.attach(entry, child, startedPaused);
      const outcome = await child.result();
      if (!isRejected(outcome)) return outcome;
      return await this.fail(entry, 'Its workflow was completed in Temporal, but not by Leadwright.');
    } catch (error) {
      // Of a lead that was terminated.
      if (error instanceof WorkflowExecutionAlreadyStartedError) return await this.awaitAdopted(entry);
      // The workflow was terminated or cancelled separately, for example in the Temporal UI.
      if (!(error instanceof ChildWorkflowFailure) || isOwnCancellation()) throw error;
      return await this.fail(entry, reasonOf(error));
    } finally {
      this.attached.delete(node.id);
    }
  }

  private async awaitAdopted(entry: Entry): Promise<AdoptedEnd> {
    const workflowId = workflowIdOf(entry.node.id, entry.workflows);
    const adopted: Adopted = {
      handle: getExternalWorkflowHandle(workflowId),
      ended: this.early.get(workflowId),
    };
    this.adopted.set(workflowId, adopted);
    try {
      const paused = this.lead.isPaused();
      const asks = adopted.ended === undefined;
      if (asks && !(await this.whilePending(() => askToReport(adopted, paused)))) return 'gone';
      if (asks) await this.attach(entry, adopted.handle, paused);
      this.checkAdopted();
      const ended = await untilEnded(adopted);
      return ended === 'cancelled' ? await this.fail(entry, CANCELLED_SEPARATELY) : ended;
    } catch (error) {
      if (isOwnCancellation()) await cancelAndAwait(adopted);
      throw error;
    } finally {
      this.adopted.delete(workflowId);
      this.attached.delete(entry.node.id);
    }
  }

  private async whilePending<T>(work: () => Promise<T>): Promise<T> {
    this.pending++;
    try {
      return await work();
    } finally {
      this.pending--;
    }
  }

  /** @param paused what the workflow was told */
  private async attach({ node, workflows }: Entry, handle: Signallable, paused: boolean): Promise<void> {
    this.attached.set(node.id, { handle, running: [node.id, workflows] });
    this.lead.onAttached();
    // If the run was paused or resumed meanwhile, the workflow has not received that signal.
    if (this.lead.isPaused() !== paused) await signalPause(handle, this.lead.isPaused());
  }

  /** Checks from time to time that the adopted tasks still run, as long as there are any. */
  private checkAdopted(): void {
    if (this.isChecking) return;
    this.isChecking = true;
    const check = async (): Promise<void> => {
      while (this.adopted.size > 0) {
        // A lead may wait for weeks, because its run is paused or a landing takes long.
        await condition(() => this.mayCheckAdopted || this.adopted.size === 0);
        await sleep(CHECK_ADOPTED);
        await forEachConcurrently(this.adopted.values(), MAX_PENDING, async (adopted) => {
          await askToReport(adopted, this.lead.isPaused());
        });
        this.lead.onChecked();
      }
      this.isChecking = false;
    };
    // It fails only with a bug, as everything in it is caught.
    void CancellationScope.nonCancellable(check);
  }

  /** A lead that has cancelled its tasks waits for them, so it has to notice when one was terminated. */
  private get mayCheckAdopted(): boolean {
    return this.scope.consideredCancelled || this.lead.mayCheck();
  }

  /** Records that the workflow of a task did not end by itself. */
  async fail({ node, progress }: Entry, reason: string): Promise<TaskOutcome> {
    // The next lead must not adopt it.
    this.attached.delete(node.id);
    const options = { summary: `record that ${node.id} was ended in Temporal` };
    await call(record.failTask, options, { runId: this.runId, taskId: node.id, reason });
    return { kind: 'failed', progress };
  }

  private start(entry: Entry, paused: boolean): Promise<ChildWorkflowHandle<typeof taskRun>> {
    const { node, progress, workflows } = entry;
    return startChild(taskRun, {
      workflowId: workflowIdOf(node.id, workflows),
      args: [
        {
          runId: this.runId,
          taskId: node.id,
          tip: this.tasks.tip,
          ...(progress === NO_PROGRESS ? {} : { progress }),
          maxCorrections: node.correctionsAllowed ?? this.tasks.settings.maxCorrections,
          generateTimeoutMs: node.generateTimeoutMs,
          testTimeoutMs: node.testTimeoutMs,
          paused,
        },
      ],
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      // It goes on when the lead continues as new.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // A workflow task takes milliseconds. If its worker dies, another one gets it after this time. A worker that is alone
      // is back within a second, so then this decides when the task goes on. The workers of a fleet replay workflows of
      // each other, which takes longer.
      workflowTaskTimeout: this.tasks.settings.inFleet ? '10s' : '5s',
      staticSummary: summaryLine(`${node.role}: ${node.title}`),
      typedSearchAttributes: [
        { key: SEARCH_ATTRIBUTES.run, value: this.runId },
        { key: SEARCH_ATTRIBUTES.task, value: node.id },
        { key: SEARCH_ATTRIBUTES.role, value: node.role },
      ],
    });
  }
}

function workflowIdOf(id: TaskId, workflows: number): string {
  return `${workflowInfo().workflowId}/${id}${workflows === 1 ? '' : `/${workflows}`}`;
}

const CANCELLED_SEPARATELY = 'The task was cancelled in Temporal, separately from its run.';

function reasonOf(error: ChildWorkflowFailure): string {
  if (isCancellation(error)) return CANCELLED_SEPARATELY;
  return error.cause?.message ?? error.message;
}

/** A running workflow: a child, or one that was adopted. */
type Signallable = Pick<ChildWorkflowHandle<typeof taskRun>, 'signal'> | ExternalWorkflowHandle;

/** Pauses or resumes a task. A signal to a task that has ended fails, which is ignored. */
async function signalPause(handle: Signallable, paused: boolean): Promise<void> {
  try {
    await handle.signal(pauseTaskSignal, paused);
  } catch (error) {
    if (isOwnCancellation()) throw error;
  }
}

/** Asks a workflow to report its end to this lead. @returns whether it still runs */
async function askToReport(adopted: Adopted, paused: boolean): Promise<boolean> {
  try {
    await CancellationScope.nonCancellable(() => adopted.handle.signal(adoptSignal, paused));
    return true;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    adopted.ended ??= 'gone';
    return adopted.ended !== 'gone';
  }
}

async function untilEnded(adopted: Adopted): Promise<TaskOutcome | 'cancelled' | 'gone'> {
  await condition(() => adopted.ended !== undefined);
  return adopted.ended ?? 'gone';
}

/** Cancels an adopted workflow, and waits until it has ended. */
async function cancelAndAwait(adopted: Adopted): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    try {
      if (adopted.ended === undefined) await adopted.handle.cancel();
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      adopted.ended ??= 'gone';
    }
    await untilEnded(adopted);
  });
}
