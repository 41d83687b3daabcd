/** Malformed or refused submissions in a row before a person is asked (contract, section 1). */
export const STRIKES = 3;

/** Turns of reading before a submission: more than any task needs, and a bound on an agent that only looks. */
export const READS = 60;
