/** The facts that decide whether the host keeps running. */
export interface LifeSigns {
  /** Whether a command holds the stack, or it is kept up for later. */
  readonly held: boolean;
  readonly workerRuns: boolean;
  /** Whether a run is open and not only waiting for a person; `unknown` until the database has been queried. */
  readonly openWork: boolean | 'unknown';
}

/** `ask`: query the database for open work, and decide again. */
export type LifeDecision = 'stay' | 'end' | 'ask';

/**
 * Decides whether the host keeps running: as long as a command holds it, or a run can continue. Without a worker no run
 * continues, whatever the database says.
 */
export function decideLife(signs: LifeSigns): LifeDecision {
  if (signs.held) return 'stay';
  if (!signs.workerRuns || signs.openWork === false) return 'end';
  return signs.openWork === 'unknown' ? 'ask' : 'stay';
}
