import { proxySinks, type Sinks } from '@temporalio/workflow';

/** What a lead asks its worker for. Nothing of it is in the lead's history. */
export interface LeadSinks extends Sinks {
  readonly worker: { holdTasks(ms: number): void };
}

const { worker } = proxySinks<LeadSinks>();

/**
 * Asks the worker to start no activities of tasks for a moment: the lead needs the processor, or must not be told of
 * anything while it continues as new.
 *
 * @param ms for how many milliseconds, instead of what was asked for before
 */
export function holdTasks(ms: number): void {
  worker.holdTasks(ms);
}
