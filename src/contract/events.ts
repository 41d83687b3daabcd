/**
 * Every event of the log, and the live text that may accompany it. Readers ignore unknown keys, so that a later version
 * may add some.
 */
import { z } from 'zod';
import { runStatusSchema, taskStatusSchema } from './status-schemas.js';
import { waitReasonSchema } from './waiting.js';
import {
  runIdSchema,
  taskIdSchema,
  commitSchema,
  blockerIdSchema,
  momentSchema,
  countSchema,
  moneySchema,
} from './value-schemas.js';

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
  /**
   * A call is to be made again: of the task, or (`taskId` null) of all tasks of a run whose model is out of reach. While
   * that lasts, its tasks have no such events of their own. Repeated only for a new reason, or for twice the tries.
   */
  'model.waiting': z.object({
    attempt: countSchema,
    turn: countSchema,
    reason: waitReasonSchema,
    /** How many calls in a row gave no answer. */
    tries: countSchema,
    /** When the call is made again. */
    until: momentSchema,
  }),
  /** The model answers again, after `model.waiting` of the same task or of the run. */
  'model.answering': z.object({ attempt: countSchema, turn: countSchema }),
  /** A conversation that grew too long was summarised: its tokens, and those of the summary. */
  'conversation.compacted': z.object({
    attempt: countSchema,
    turn: countSchema,
    fromTokens: countSchema,
    toTokens: countSchema,
  }),
  'command.finished': z.object({
    attempt: countSchema,
    turn: countSchema,
    command: z.string(),
    /** Null when the command was killed or could not be started. */
    exitCode: z.int().nullable(),
    ms: countSchema,
    /** Files that it wrote and that became part of the draft. */
    kept: z.array(z.string()),
  }),
  /** A call was sent to an MCP server. `unknown`: nobody knows whether it was carried out. */
  'mcp.call': z.object({
    attempt: countSchema,
    turn: countSchema,
    server: z.string(),
    /** Its name at the server. */
    tool: z.string(),
    outcome: z.enum(['ok', 'error', 'unknown']),
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
  eventSchemaOf('model.waiting'),
  eventSchemaOf('model.answering'),
  eventSchemaOf('conversation.compacted'),
  eventSchemaOf('command.finished'),
  eventSchemaOf('mcp.call'),
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
