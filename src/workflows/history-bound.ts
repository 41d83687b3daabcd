import { workflowInfo } from '@temporalio/workflow';
import type { HistoryLimits } from '../contract/payloads.js';
import { decideContinueAsNew, type ContinueAsNewDecision } from './continue-as-new.js';
import type { RunTasks } from './task-book.js';

/** Events since the loop's last step from which a lead does not continue as new yet. The wait for a timer takes five of them. */
const CALM_EVENTS = 15;

/** How much room the lead's workflow history has left. */
export class HistoryBound {
  /** Whether the lead has seen anything end (a task, a landing, a check), or a person's change of the record. */
  worked = false;
  /** The length of the history at this step of the lead's loop, and at the last one. */
  private length = 0;
  private lengthBefore = 0;

  constructor(private readonly tasks: RunTasks) {}

  /** To be called at each step of the loop, just before `isCalm` is read. */
  noteLength(): void {
    const { historyLength } = workflowInfo();
    if (historyLength === this.length) return;
    this.lengthBefore = this.length;
    this.length = historyLength;
  }

  /**
   * Whether little has arrived since the loop's last step. The server refuses to continue a workflow as new when
   * something arrives meanwhile. The whole history is replayed then, which takes a busy worker seconds. As more arrives in
   * these seconds, the lead must not try it in that workflow task again: it would be refused until its last task has ended.
   */
  get isCalm(): boolean {
    return this.length - this.lengthBefore < CALM_EVENTS;
  }

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
