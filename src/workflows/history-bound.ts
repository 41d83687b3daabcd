import { workflowInfo } from '@temporalio/workflow';
import type { HistoryLimits } from '../contract/payloads.js';
import { decideContinueAsNew, type ContinueAsNewDecision } from './continue-as-new.js';
import type { RunTasks } from './task-book.js';

/** How much room the lead's workflow history has left. */
export class HistoryBound {
  /** Whether the lead has seen anything end (a task, a landing, a check), or a person's change of the record. */
  worked = false;

  constructor(private readonly tasks: RunTasks) {}

  get continueAsNew(): ContinueAsNewDecision {
    return decideContinueAsNew(workflowInfo(), this.limits, this.worked);
  }

  /** Whether tasks may start. @param waits whether the lead has to wait for something before it continues as new */
  mayStartTasks(waits: boolean): boolean {
    if (this.continueAsNew !== 'due') return true;
    return waits && workflowInfo().historyLength < this.limits.mostEvents;
  }

  private get limits(): HistoryLimits {
    return this.tasks.settings.totals.fullHistory;
  }
}
