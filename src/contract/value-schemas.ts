/** The values that views and events are made of: ids, commits, moments, counts and money. */
import { z } from 'zod';
import { blockerId, commitSha, ID_PATTERN, runId, SHA_PATTERN, taskId } from './ids.js';
import type { BlockerId } from './ids.js';

export const runIdSchema = z
  .string()
  .regex(ID_PATTERN)
  .transform((text) => runId(text));
export const taskIdSchema = z
  .string()
  .regex(ID_PATTERN)
  .transform((text) => taskId(text));
export const commitSchema = z
  .string()
  .regex(SHA_PATTERN)
  .transform((text) => commitSha(text));
export const blockerIdSchema = z.string().transform((text, context): BlockerId => {
  try {
    return blockerId(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not a blocker id' });
    return z.NEVER;
  }
});
/** A time in UTC, ISO 8601 with milliseconds. */
export const momentSchema = z.iso.datetime();
export const countSchema = z.int().nonnegative();
export const moneySchema = z.number().nonnegative();
