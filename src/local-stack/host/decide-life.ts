/** What decides whether the host goes on. */
export interface LifeSigns {
  /** Commands that hold the stack. */
  readonly holders: number;
  readonly workerRuns: boolean;
  /** Whether a run is open and not only waiting for a person; `unknown` until it has been asked. */
  readonly openWork: boolean | 'unknown';
}

/** `ask`: look into the database for open work, and decide again. */
export type LifeDecision = 'stay' | 'end' | 'ask';

/**
 * The host goes on as long as a command holds it, or a run can go on. Without a worker no run goes on, whatever
 * the database says: then there is nothing to stay for.
 */
export function decideLife(signs: LifeSigns): LifeDecision {
  if (signs.holders > 0) return 'stay';
  if (!signs.workerRuns || signs.openWork === false) return 'end';
  return signs.openWork === 'unknown' ? 'ask' : 'stay';
}
