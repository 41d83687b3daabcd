import { workflowInfo } from '@temporalio/workflow';
import type { HistoryLimits } from '../contract/payloads.js';
import { decideContinueAsNew, countTasksThatFit, type ContinueAsNewDecision } from './continue-as-new.js';
import type { RunTasks } from './task-book.js';
import { tasksInSlots } from './task-graph.js';

/** How much room the lead's workflow history has left. */
export class HistoryBound {
  /** Whether the lead has done anything but read the plan. */
  worked = false;

  constructor(private readonly tasks: RunTasks) {}

  get continueAsNew(): ContinueAsNewDecision {
    return decideContinueAsNew(workflowInfo(), this.limits, this.worked);
  }

  /** Whether a running task may be started again. */
  get hasRoom(): boolean {
    return this.continueAsNew !== 'due' && this.room >= 0;
  }

  /** Lowers a concurrency limit to what the history has room for. */
  limitSlots(limit: number): number {
    return Math.min(limit, this.tasksRunning + this.room);
  }

  private get room(): number {
    return countTasksThatFit(workflowInfo(), this.limits, this.tasksRunning);
  }

  private get limits(): HistoryLimits {
    return this.tasks.settings.totals.fullHistory;
  }

  private get tasksRunning(): number {
    return tasksInSlots(this.tasks.graph).length;
  }
}
