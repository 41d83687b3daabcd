import {
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  isCancellation,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { RunId, TaskId } from '../contract/ids.js';
import { record } from './activity-options.js';
import { call } from './authentic.js';
import { isOwnCancellation } from './cancelled-here.js';
import { isRejected } from '../contract/authenticity.js';
import type { TaskOutcome } from '../contract/payloads.js';
import { summaryLine } from '../shared/summary-line.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import type { RunTasks } from './task-book.js';
import { NO_PROGRESS, type Entry } from './task-entry.js';
import { pauseTaskSignal, taskRun } from './task-run.js';

/** What the worker agents need from the lead. */
export interface AgentsLead {
  isPaused(): boolean;
}

/** The lead's worker agents: one child workflow for each running task. */
export class WorkerAgents {
  private readonly children = new Map<TaskId, ChildWorkflowHandle<typeof taskRun>>();

  constructor(
    private readonly runId: RunId,
    private readonly tasks: RunTasks,
    private readonly lead: AgentsLead,
  ) {}

  /** Runs a task's next workflow to its end. @throws the cancellation of the run */
  async runTask(entry: Entry): Promise<TaskOutcome> {
    const { node } = entry;
    try {
      const startedPaused = this.lead.isPaused();
      const child = await this.start(entry, startedPaused);
      this.children.set(node.id, child);
      // If the run was paused or resumed while the child was starting, the child has not received that signal.
      if (this.lead.isPaused() !== startedPaused) await signalPause(child, this.lead.isPaused());
      const outcome = await child.result();
      if (!isRejected(outcome)) return outcome;
      return await this.fail(entry, 'Its workflow was completed in Temporal, but not by Leadwright.');
    } catch (error) {
      // The workflow was terminated or cancelled separately, for example in the Temporal UI.
      if (!(error instanceof ChildWorkflowFailure) || isOwnCancellation()) throw error;
      return await this.fail(entry, reasonOf(error));
    } finally {
      this.children.delete(node.id);
    }
  }

  /** Pauses or resumes all running tasks. */
  async pause(paused: boolean): Promise<void> {
    await Promise.all([...this.children.values()].map((child) => signalPause(child, paused)));
  }

  /** Records that the workflow of a task did not end by itself. */
  private async fail({ node, progress }: Entry, reason: string): Promise<TaskOutcome> {
    const options = { summary: `record that ${node.id} was ended in Temporal` };
    await call(record.failTask, options, { runId: this.runId, taskId: node.id, reason });
    return { kind: 'failed', progress };
  }

  private start(entry: Entry, paused: boolean): Promise<ChildWorkflowHandle<typeof taskRun>> {
    const { node, progress, workflows } = entry;
    return startChild(taskRun, {
      workflowId: `${workflowInfo().workflowId}/${node.id}${workflows === 1 ? '' : `/${workflows}`}`,
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
      // A workflow task takes milliseconds. If its worker dies, another one gets it soon (see DEAD_WORKER_TIMEOUT).
      workflowTaskTimeout: '5s',
      staticSummary: summaryLine(`${node.role}: ${node.title}`),
      typedSearchAttributes: [
        { key: SEARCH_ATTRIBUTES.run, value: this.runId },
        { key: SEARCH_ATTRIBUTES.task, value: node.id },
        { key: SEARCH_ATTRIBUTES.role, value: node.role },
        { key: SEARCH_ATTRIBUTES.status, value: 'in_progress' },
      ],
    });
  }
}

function reasonOf(error: ChildWorkflowFailure): string {
  if (isCancellation(error)) return 'The task was cancelled in Temporal, separately from its run.';
  return error.cause?.message ?? error.message;
}

/** Pauses or resumes a task. A signal to a task that has ended fails, which is ignored. */
async function signalPause(child: ChildWorkflowHandle<typeof taskRun>, paused: boolean): Promise<void> {
  try {
    await child.signal(pauseTaskSignal, paused);
  } catch (error) {
    if (isOwnCancellation()) throw error;
  }
}
