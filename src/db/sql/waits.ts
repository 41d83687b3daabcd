import { z } from 'zod';
import type { WaitReason } from '../../contract/waiting.js';
import { CHECK_FENCE, fenceColumn, fenceValues, type Fence } from './fencing.js';
import { defineStatement } from './statement.js';

/** A model call that is to be made again. */
export interface NewWait {
  readonly model: string;
  readonly attempt: number;
  readonly turn: number;
  readonly reason: WaitReason;
  /** Whether the call was made; otherwise its start was put off. */
  readonly tried: boolean;
  /** When it is made again, in milliseconds from now. */
  readonly delayMs: number;
}

export const recordWait = defineStatement({
  name: 'record-wait',
  reason: 'atomic',
  why: 'Counts the try, and writes the event of the task or its run if it is news, under the lock of the run.',
  text: `SELECT ${CHECK_FENCE}, record_wait($1, $2, $6, $7, $8, $9, $10, $11)`,
  values: (fence: Fence, { model, attempt, turn, reason, tried, delayMs }: NewWait) => [
    ...fenceValues(fence),
    model,
    attempt,
    turn,
    reason,
    Number(tried),
    Math.ceil(delayMs),
  ],
  row: { ...fenceColumn, record_wait: z.literal('') },
});
