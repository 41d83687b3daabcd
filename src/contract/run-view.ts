/**
 * What programs see of a run: `status --json` and `GET /api/runs/<id>`, the list of runs, and blockers. Readers ignore
 * unknown keys, so that a later version may add some.
 */
import { z } from 'zod';
import { runStatusSchema, taskStatusSchema, roleSchema } from './status-schemas.js';
import { waitingSchema } from './waiting.js';
import {
  runIdSchema,
  taskIdSchema,
  commitSchema,
  blockerIdSchema,
  momentSchema,
  countSchema,
  moneySchema,
} from './value-schemas.js';

const taskViewSchema = z.object({
  id: taskIdSchema,
  title: z.string(),
  status: taskStatusSchema,
  assignedTo: roleSchema,
  /** How many submissions were tested. */
  attempts: countSchema,
  /** How many of the attempts came after a red verdict. */
  corrections: countSchema,
  /** The task's commit on the run branch; null before it landed, and when it changed nothing. */
  commit: commitSchema.nullable(),
  filesModified: z.array(z.string()),
  /** The agent's explanation of its work; empty before the first attempt. */
  output: z.string(),
  error: z.string().nullable(),
  /**
   * How its newest work was judged, on what it was merged with; `untested` after a conflict, and when a person accepted
   * it without a test; null before any verdict.
   */
  verdict: z.enum(['passed', 'failed', 'untested']).nullable(),
});
export type TaskView = z.output<typeof taskViewSchema>;

const usageSchema = z.object({
  modelCalls: countSchema,
  inputTokens: countSchema,
  outputTokens: countSchema,
  costUsd: moneySchema,
  /** Calls that were sent but never fully answered. The sums above do not include them. */
  possiblyBilled: z.object({ calls: countSchema, costUsd: moneySchema }),
});
export type Usage = z.output<typeof usageSchema>;

const runUrlsSchema = z.object({ dashboard: z.string(), temporal: z.string().nullable() });
/** Pages about a run for people. */
export type RunUrls = z.output<typeof runUrlsSchema>;

const runStopSchema = z.object({ code: z.string(), reason: z.string() });
/**
 * Why a run stopped without the fault of a task: the environment (a red base, a missing command, no access to the model),
 * or a bug in Leadwright (`internal`).
 */
export type RunStop = z.output<typeof runStopSchema>;

export const runViewSchema = z.object({
  runId: runIdSchema,
  status: runStatusSchema,
  repo: z.string(),
  branch: z.string(),
  base: commitSchema,
  /** The tip of the run branch. */
  commit: commitSchema,
  /** Every task of the plan, in the plan's order. */
  tasks: z.array(taskViewSchema),
  /** The outcome of the plan's `verify` on the branch; null until it has run. */
  verify: z.enum(['passed', 'failed']).nullable(),
  /** The completed tasks whose work a person accepted as it is, in the plan's order. */
  accepted: z.array(taskIdSchema),
  /** What the run waits for while its model is out of reach, or else the oldest wait of one of its tasks; or null. */
  waiting: waitingSchema.nullable(),
  usage: usageSchema,
  /** Only in a run that was stopped. */
  stop: runStopSchema.optional(),
  urls: runUrlsSchema,
});
/** One run in `run --json`, `status RUN --json` and `GET /api/runs/<runId>`. */
export type RunView = z.output<typeof runViewSchema>;

export const runListEntrySchema = z.object({
  runId: runIdSchema,
  name: z.string(),
  status: runStatusSchema,
  startedAt: momentSchema,
  /** Null until it has ended. */
  finishedAt: momentSchema.nullable(),
  repo: z.string(),
  tasks: z.object({
    total: countSchema,
    completed: countSchema,
    /** Completed, because a person accepted work that passed no test. */
    unproven: countSchema,
  }),
  /** Open questions to a person. */
  questions: countSchema,
  costUsd: moneySchema,
  /** It is 0 because the price of the run's model is not known. */
  isCostUnknown: z.boolean(),
  verify: z.enum(['passed', 'failed']).nullable(),
  /** What the run waits for while its model is out of reach; null while it answers. */
  waiting: waitingSchema.nullable(),
});
/** One run in `status --json` and `GET /api/runs`. */
export type RunListEntry = z.output<typeof runListEntrySchema>;

export const blockerViewSchema = z.object({
  id: blockerIdSchema,
  runId: runIdSchema,
  /** Null when the blocker is about the run as a whole. */
  taskId: taskIdSchema.nullable(),
  reason: z.string(),
  question: z.string(),
  at: momentSchema,
});
/** One open question to a person, in `blockers --json`. */
export type BlockerView = z.output<typeof blockerViewSchema>;
