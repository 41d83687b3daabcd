import { workflowInfo } from '@temporalio/workflow';
import type { HistoryLimits } from '../contract/payloads.js';
import { renewalOf, roomFor, type ContinueAsNewLimit } from './continue-as-new.js';
import type { RunTasks } from './task-book.js';
import { tasksInSlots } from './task-graph.js';

/** What a lead's history still has room for. */
export class HistoryBound {
  /** Something was done beside reading the plan. */
  worked = false;

  constructor(private readonly book: RunTasks) {}

  get renewal(): ContinueAsNewLimit {
    return renewalOf(workflowInfo(), this.full, this.worked);
  }

  /** Whether a task that is at work may start over. */
  get hasRoom(): boolean {
    return this.renewal !== 'due' && this.room >= 0;
  }

  /** The limit, or as many tasks at once as the history has room for. */
  slots(limit: number): number {
    return Math.min(limit, this.atWork + this.room);
  }

  private get room(): number {
    return roomFor(workflowInfo(), this.full, this.atWork);
  }

  private get full(): HistoryLimits {
    return this.book.settings.whole.fullHistory;
  }

  private get atWork(): number {
    return tasksInSlots(this.book.graph).length;
  }
}
