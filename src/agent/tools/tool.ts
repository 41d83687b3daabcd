/** What a tool is, and the helper that defines one. */
import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { ToolEffect } from '../../contract/api.js';
import type { CommitCode } from '../../codebase/code-index.js';
import type { ShownFiles } from '../shown-files.js';
import type { FileChange, Submission } from '../changes/submission.js';
import { parseRepaired } from './repair-input.js';

/** What a read tool may use. */
export interface ToolContext {
  /** The draft that the agent sees. */
  readonly files: ShownFiles;
  /** Where the draft's code defines and uses what. */
  readonly code: CommitCode;
  /** The output of a command or a test of this task; null when there is none by this id. */
  readonly outputOf: (id: string) => Promise<string | null>;
  readonly signal?: AbortSignal | undefined;
}

/** A command as the model asks for it. */
export interface CommandCall {
  readonly command: string;
  /** Null for the plan's limit. */
  readonly timeoutMs: number | null;
  /** Files that become part of the draft. */
  readonly keep: readonly string[];
}

/** The result of a read tool. */
export interface ReadResult {
  /** For the model. */
  readonly text: string;
  readonly isError: boolean;
  /** The files that the result shows: the model may change them from now on. */
  readonly shown: readonly string[];
  /** Those that it shows whole, by git's names of their contents: the model may write over these. */
  readonly knownBlobs: readonly string[];
}

/** What `run` takes beside the input and what it gives, by the tool's effect. */
interface Effects {
  /** Answered from the draft in the next request, beside other calls. */
  readonly read: { readonly takes: [context: ToolContext]; readonly gives: Promise<ReadResult> };
  /** Changes the draft. */
  readonly change: { readonly takes: []; readonly gives: readonly FileChange[] };
  /** Runs a command in the sandbox, on the draft. */
  readonly run: { readonly takes: []; readonly gives: CommandCall };
  /** Calls a tool of an MCP server with this input. */
  readonly mcp: { readonly takes: []; readonly gives: Readonly<Record<string, unknown>> };
  /** Applied as one commit and tested. It ends the turn. */
  readonly submit: { readonly takes: []; readonly gives: Submission };
  /** A question to a person. It ends the turn. */
  readonly ask: { readonly takes: []; readonly gives: string };
}
export type AgentEffect = keyof Effects & ToolEffect;

/** A tool as its file defines it. */
export interface ToolDefinition<Effect extends AgentEffect, Schema extends z.ZodType> {
  readonly name: string;
  /** For the model. */
  readonly description: string;
  /** The input. It has to be an object; the model sees the descriptions of its fields. */
  readonly schema: Schema;
  readonly effect: Effect;
  run(input: z.output<Schema>, ...context: Effects[Effect]['takes']): Effects[Effect]['gives'];
  /** What the call is about, as a short text that the dashboard and `show` print after the tool's name. */
  label(input: z.output<Schema>): string;
}

/** A tool in the list. Its input type is known inside `check` only, so that tools of all inputs fit into one list. */
export interface Tool<Effect extends AgentEffect> {
  readonly name: string;
  readonly effect: Effect;
  /** As the Messages API takes it. */
  readonly api: Anthropic.Tool;
  /** Checks the input of a call. */
  check(call: Pick<Anthropic.ToolUseBlock, 'id' | 'input'>): ValidCall<Effect> | InvalidCall;
}
export type AnyTool = { [Effect in AgentEffect]: Tool<Effect> }[AgentEffect];

/** A call with a valid input. */
export interface ValidCall<Effect extends AgentEffect> {
  readonly ok: true;
  readonly id: string;
  readonly effect: Effect;
  label(): string;
  run(...context: Effects[Effect]['takes']): Effects[Effect]['gives'];
}
export type ToolCall = { [Effect in AgentEffect]: ValidCall<Effect> }[AgentEffect];

/** A call of an unknown tool, or with an input that does not fit the tool's schema. */
export interface InvalidCall {
  readonly ok: false;
  /** For the model: a sentence without its full stop. */
  readonly problem: string;
}

/** More would only repeat the same mistake at the model's expense. */
const PROBLEMS_SHOWN = 10;

/**
 * Defines a tool; the types of `run` and `label` follow from its schema.
 * @example
 * export const countLines = defineTool({
 *   name: 'count_lines',
 *   description: 'Counts the lines of a file.',
 *   schema: z.strictObject({ path: z.string().min(1) }),
 *   effect: 'read',
 *   run: async ({ path }, { files }) => …,
 *   label: ({ path }) => path,
 * });
 */
export function defineTool<Effect extends AgentEffect, Schema extends z.ZodType>(
  definition: ToolDefinition<Effect, Schema>,
): Tool<Effect> {
  const { name, description, schema, effect } = definition;
  return {
    name,
    effect,
    api: { name, description, input_schema: inputSchemaOf(schema) },
    check: ({ id, input }) => {
      const parsed = parseRepaired(schema, input);
      if (!parsed.success) return { ok: false, problem: describeMisfit(name, parsed.error) };
      return {
        ok: true,
        id,
        effect,
        label: () => definition.label(parsed.data),
        run: (...context) => definition.run(parsed.data, ...context),
      };
    },
  };
}

/** Without the name of the dialect: the API knows it, and each request would pay for it in each tool. */
function inputSchemaOf(schema: z.ZodType): Anthropic.Tool.InputSchema {
  const shape = z.toJSONSchema(schema, { io: 'input' });
  delete shape.$schema;
  return { ...shape, type: 'object' };
}

function describeMisfit(name: string, { issues }: z.ZodError): string {
  const problems = issues
    .slice(0, PROBLEMS_SHOWN)
    .map((issue) => `${issue.path.length === 0 ? 'input' : issue.path.join('.')}: ${issue.message}`);
  return `the input of ${name} does not fit its schema: ${problems.join('; ')}`;
}
