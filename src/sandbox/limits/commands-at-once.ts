import { availableParallelism } from 'node:os';

/**
 * How many commands on commits a worker runs at once. One more than it has processors: while one is set up, or its verdict is
 * stored, the others keep the processors busy.
 */
export const COMMANDS_AT_ONCE = availableParallelism() + 1;
