import { workflowInfo } from '@temporalio/workflow';
import type { HistoryLimits } from '../contract/payloads.js';
import { decideContinueAsNew, type ContinueAsNewDecision } from './continue-as-new.js';
import type { RunTasks } from './task-book.js';

/**
 * Events since the loop's last step from which a lead does not continue as new yet. The wait for a timer takes five of them.
 * Whatever arrives adds four, and so does a refused workflow task.
 */
const CALM_EVENTS = 9;
/** How many more events do not matter after each further wait: one or two things. So every lead continues as new at some time. */
const MORE_EVENTS_A_WAIT = 6;

/**
 * How often a lead waits in vain for a moment in which nothing arrives: a few tenths of a second, or two seconds with a server of
 * one's own. What holds tasks back does not hold back people, nor the tasks on other workers.
 */
const PATIENT_WAITS = 2;

/** How much room the lead's workflow history has left. */
export class HistoryBound {
  /** Whether the lead has seen anything end (a task, a landing, a check), or a person's change of the record. */
  worked = false;
  /** The length of the history at this step of the lead's loop, and at the last one. */
  private length = 0;
  private lengthBefore = 0;

  constructor(private readonly tasks: RunTasks) {}

  /** To be called at each step of the loop, just before `isCalm` is called. */
  noteLength(): void {
    const { historyLength } = workflowInfo();
    if (historyLength === this.length) return;
    this.lengthBefore = this.length;
    this.length = historyLength;
  }

  /** Whether a lead waits for its next step whatever happens. @param waits how often it has waited for a calm moment */
  isPatient(waits: number): boolean {
    return waits < PATIENT_WAITS;
  }

  /**
   * Whether nothing has arrived since the loop's last step but the end of a wait. The server refuses to continue a workflow as
   * new when something arrives meanwhile. The whole history is replayed then, which takes a busy worker seconds. As more
   * arrives in these seconds, the lead must not try it in that workflow task again: it would be refused until its last task has
   * ended.
   *
   * @param waits how often the lead has waited for a calm moment
   */
  isCalm(waits: number): boolean {
    if (waits === 0) return false;
    const tolerated = CALM_EVENTS + MORE_EVENTS_A_WAIT * Math.max(0, waits - PATIENT_WAITS);
    return this.length - this.lengthBefore < tolerated;
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
