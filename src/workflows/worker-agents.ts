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
import { isOwnCancellation } from './cancelled-here.js';
import type { TaskOutcome } from '../contract/payloads.js';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';
import type { RunTasks } from './task-book.js';
import { NO_PROGRESS, type Entry } from './task-entry.js';
import { pauseTaskSignal, taskRun } from './task-run.js';

/** What they ask of the lead. */
export interface AgentsLead {
  isPaused(): boolean;
}

/** The lead's worker agents: a child workflow for each task that is at work. */
export class WorkerAgents {
  private readonly children = new Map<TaskId, ChildWorkflowHandle<typeof taskRun>>();

  constructor(
    private readonly runId: RunId,
    private readonly tasks: RunTasks,
    private readonly lead: AgentsLead,
  ) {}

  /** A task's next workflow, from its start to its end. @throws the cancellation of the run */
  async runTask(entry: Entry): Promise<TaskOutcome> {
    const { node } = entry;
    try {
      const given = this.lead.isPaused();
      const child = await this.start(entry, given);
      this.children.set(node.id, child);
      // Paused or resumed while it was being started: it could not be told then.
      if (this.lead.isPaused() !== given) await signalPause(child, this.lead.isPaused());
      return await child.result();
    } catch (error) {
      // Ended from outside: terminated, or cancelled apart from its run, in the Temporal UI.
      if (!(error instanceof ChildWorkflowFailure) || isOwnCancellation()) throw error;
      await record.failTask.executeWithOptions({ summary: `${node.id} was ended from outside` }, [
        { runId: this.runId, taskId: node.id, reason: reasonOf(error) },
      ]);
      return { kind: 'failed', progress: entry.progress };
    } finally {
      this.children.delete(node.id);
    }
  }

  /** Tells all who are at work. */
  async pause(paused: boolean): Promise<void> {
    await Promise.all([...this.children.values()].map((child) => signalPause(child, paused)));
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
      // Milliseconds of work: when its worker dies over it, another one has it in time (see STALL).
      workflowTaskTimeout: '5s',
      staticSummary: `${node.role}: ${node.title}`,
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
  if (isCancellation(error)) return 'It was cancelled in Temporal, apart from its run.';
  return error.cause?.message ?? error.message;
}

/** A task that ended meanwhile has nothing to pause: the lead starts no next step of it. */
async function signalPause(child: ChildWorkflowHandle<typeof taskRun>, paused: boolean): Promise<void> {
  try {
    await child.signal(pauseTaskSignal, paused);
  } catch (error) {
    if (isOwnCancellation()) throw error;
  }
}
