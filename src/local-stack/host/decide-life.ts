/** The facts that decide whether the host keeps running. */
export interface LifeSigns {
  /** Whether a command holds the stack, or it is kept up for later. */
  readonly held: boolean;
  readonly workerRuns: boolean;
  /** Whether a run is open and not only waiting for a person; `unknown` until the database has been queried. */
  readonly openWork: OpenWork;
}

export type OpenWork = boolean | 'unknown';

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

/** After half a minute without an answer (a poll every 2 s), the database is away, not just restarting. */
const MAX_UNANSWERED_POLLS = 15;

/**
 * Whether the host ends because the database no longer answers. Not when a run may be open: it continues as soon as the
 * database is back, and nobody else would start the stack again.
 * @param unanswered how many polls in a row had no answer
 * @param lastAnswer what the last answer was; `unknown` when there was none yet
 */
export function endsForSilence(unanswered: number, lastAnswer: OpenWork): boolean {
  return unanswered >= MAX_UNANSWERED_POLLS && lastAnswer === false;
}
