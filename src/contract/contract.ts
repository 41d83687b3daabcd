/**
 * The public contract, as schemas and the types made from them: a run (`status --json`, `GET /api/runs/<id>`), the list
 * of runs, blockers, and every event of the log. Readers ignore unknown keys, so that a later version may add some.
 */
import { z } from 'zod';
import { blockerId, commitSha, ID_PATTERN, runId, taskId } from './ids.js';
import type { BlockerId } from './ids.js';

const SHA = /^[0-9a-f]{40}$/;

const runIdSchema = z
  .string()
  .regex(ID_PATTERN)
  .transform((text) => runId(text));
const taskIdSchema = z
  .string()
  .regex(ID_PATTERN)
  .transform((text) => taskId(text));
const commitSchema = z
  .string()
  .regex(SHA)
  .transform((text) => commitSha(text));
const blockerIdSchema = z.string().transform((text, context): BlockerId => {
  try {
    return blockerId(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not a blocker id' });
    return z.NEVER;
  }
});
/** A time in UTC, ISO 8601 with milliseconds. */
const momentSchema = z.iso.datetime();
const countSchema = z.int().nonnegative();
const moneySchema = z.number().nonnegative();

export const runStatusSchema = z.enum(['running', 'paused', 'completed', 'failed', 'blocked', 'cancelled']);
/** If several apply, the first of: cancelled, paused, running, blocked, failed, completed. */
export type RunStatus = z.output<typeof runStatusSchema>;

export const taskStatusSchema = z.enum([
  'pending',
  'in_progress',
  'completed',
  'failed',
  'blocked',
  'cancelled',
  'skipped',
]);
export type TaskStatus = z.output<typeof taskStatusSchema>;

export const roleSchema = z.enum(['backend', 'frontend', 'test']);
/** The kind of worker agent that a task is assigned to. */
export type Role = z.output<typeof roleSchema>;

export const taskViewSchema = z.object({
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
});
export type TaskView = z.output<typeof taskViewSchema>;

export const usageSchema = z.object({
  modelCalls: countSchema,
  inputTokens: countSchema,
  outputTokens: countSchema,
  costUsd: moneySchema,
  /** Calls that were sent but never fully answered. The sums above do not include them. */
  possiblyBilled: z.object({ calls: countSchema, costUsd: moneySchema }),
});
export type Usage = z.output<typeof usageSchema>;

export const runUrlsSchema = z.object({ dashboard: z.string(), temporal: z.string() });
/** Pages about a run for people. */
export type RunUrls = z.output<typeof runUrlsSchema>;

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
  usage: usageSchema,
  urls: runUrlsSchema,
});
/** One run in `run --json`, `status RUN --json` and `GET /api/runs/<runId>`. */
export type RunView = z.output<typeof runViewSchema>;

export const runListEntrySchema = z.object({
  runId: runIdSchema,
  name: z.string(),
  status: runStatusSchema,
  startedAt: momentSchema,
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

/** The `data` of each event type. `from` is null when there was no status before. */
const eventDataSchemas = {
  'run.status': z.object({
    status: runStatusSchema,
    from: runStatusSchema.nullable(),
    reason: z.string().optional(),
  }),
  'task.status': z.object({
    status: taskStatusSchema,
    from: taskStatusSchema.nullable(),
    /** The worker agent, such as `backend-worker`. */
    agentId: z.string(),
    attempt: countSchema,
    error: z.string().optional(),
  }),
  'model.call': z.object({
    attempt: countSchema,
    turn: countSchema,
    model: z.string(),
    inputTokens: countSchema,
    outputTokens: countSchema,
    costUsd: moneySchema,
    stopReason: z.string(),
    ms: countSchema,
  }),
  'changes.applied': z.object({ attempt: countSchema, commit: commitSchema, files: z.array(z.string()) }),
  'changes.refused': z.object({ attempt: countSchema, path: z.string().optional(), reason: z.string() }),
  'tests.finished': z.object({
    attempt: countSchema,
    commit: commitSchema,
    command: z.string(),
    passed: z.boolean(),
    /** Null when the command was killed. */
    exitCode: z.int().nullable(),
    ms: countSchema,
    summary: z.string(),
  }),
  'correction.started': z.object({ attempt: countSchema, correction: countSchema, reason: z.string() }),
  'merge.finished': z.object({
    outcome: z.enum(['landed', 'conflict', 'red']),
    commit: commitSchema.optional(),
    files: z.array(z.string()).optional(),
  }),
  'blocker.raised': z.object({ blockerId: blockerIdSchema, reason: z.string(), question: z.string() }),
  'blocker.resolved': z.object({ blockerId: blockerIdSchema, by: z.string(), answer: z.string() }),
} as const;

/** All event types. */
export type EventType = keyof typeof eventDataSchemas;
/** The data of an event of this type. */
export type EventData<T extends EventType> = z.output<(typeof eventDataSchemas)[T]>;

function eventSchemaOf<T extends EventType>(type: T) {
  return z.object({
    /** 1, 2, 3 … in each run, without gaps and repeats. */
    seq: z.int().positive(),
    runId: runIdSchema,
    /** Null when the event is about the run as a whole. */
    taskId: taskIdSchema.nullable(),
    type: z.literal(type),
    at: momentSchema,
    data: eventDataSchemas[type],
  });
}

/** One event, over the WebSocket and in the output of `events` and `watch --json`. */
export const eventSchema = z.discriminatedUnion('type', [
  eventSchemaOf('run.status'),
  eventSchemaOf('task.status'),
  eventSchemaOf('model.call'),
  eventSchemaOf('changes.applied'),
  eventSchemaOf('changes.refused'),
  eventSchemaOf('tests.finished'),
  eventSchemaOf('correction.started'),
  eventSchemaOf('merge.finished'),
  eventSchemaOf('blocker.raised'),
  eventSchemaOf('blocker.resolved'),
]);
export type LeadwrightEvent = z.output<typeof eventSchema>;
/** An event of one type. */
export type EventOf<T extends EventType> = Extract<LeadwrightEvent, { type: T }>;

/** Whether this build knows that event type. */
export function isEventType(text: string): text is EventType {
  return Object.hasOwn(eventDataSchemas, text);
}

/** The WebSocket subprotocol that a client of this version offers. */
export const SUBPROTOCOL = 'leadwright.v1';

/** A live text delta: it has no `seq`, may be lost, and nothing depends on it. */
export const ephemeralSchema = z.object({ ephemeral: z.literal(true) });

/**
 * A piece of the answer that a task is receiving now, for clients that asked with `&deltas=<task>`. The stored turn
 * (`model.call`) replaces it. Pieces of one `call` come in order; another `call` of the same turn starts from the
 * beginning.
 */
export const modelDeltaSchema = ephemeralSchema.extend({
  runId: runIdSchema,
  taskId: taskIdSchema,
  type: z.literal('model.delta'),
  at: momentSchema,
  data: z.object({
    attempt: countSchema,
    turn: countSchema,
    /** The call's number in the record. A turn whose call was lost has several calls. */
    call: countSchema,
    /** The index of its block in the answer, from 0, and the block's kind: text, or a tool's input as JSON. */
    block: countSchema,
    kind: z.enum(['text', 'tool']),
    /** The tool's name, for `tool`. */
    tool: z.string().optional(),
    /** How many characters of the block come before it. A reader that has fewer has missed some. */
    offset: countSchema,
    text: z.string(),
  }),
});
export type ModelDelta = z.output<typeof modelDeltaSchema>;
