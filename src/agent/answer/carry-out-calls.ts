/**
 * Carries out the calls of an answer that change the draft, run commands or go to MCP servers, in their order. Each has
 * one result, and a call of a server is sent at most once.
 */
import type { CommitSha } from '../../contract/ids.js';
import {
  readCallResults,
  storeCallResult,
  type CommandValues,
  type McpValues,
} from '../../db/call-results.js';
import { readSentCalls, recordMcpCall, type SentCall } from '../../db/mcp-calls.js';
import { readAnsweredTurn } from '../../db/turns.js';
import type { AgentContext, AnsweredTurn } from '../agent-context.js';
import { changeDraft, type DraftChange } from '../changes/change-draft.js';
import type { ChangeContext } from '../changes/check-changes.js';
import type { WorkStep } from './interpret-answer.js';
import { readOfferedTools } from '../request/offered-tools.js';
import { commandOutputId, mcpOutputId } from '../outputs.js';
import { isStillOurs } from '../call/still-ours.js';
import type { CommandCall } from '../tools/tool.js';
import { workerAsleep } from '../call/turn-errors.js';
import type { OfferedTool } from '../../mcp/offered-tools.js';

/** What a command did, and what it made of the draft. */
export interface CommandChange extends DraftChange {
  readonly command: CommandValues;
}

/** A command on a draft. */
export interface CommandRequest extends CommandCall {
  /** The id of its output. */
  readonly outputId: string;
  /** Commands that the task has run before it. */
  readonly before: number;
  /** The date of the draft that it makes. */
  readonly at: Date;
}

type Change = CommandChange | DraftChange | (DraftChange & Pick<ServerResult, 'mcp'>);

/** Runs a command in the sandbox. */
export type RunCommand = (
  context: ChangeContext,
  request: CommandRequest,
) => Promise<CommandChange | DraftChange>;

/** A call of a tool of an MCP server. */
export interface ServerRequest {
  /** The tool; null when the task has none by the name that the model used. */
  readonly tool: OfferedTool | null;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The id of the whole result. */
  readonly outputId: string;
  /** Whether an earlier attempt recorded that it is about to send the call, and no result. */
  readonly wasSent: boolean;
  /**
   * Records that the call is about to be sent; false when another attempt has recorded it.
   * @throws ApplicationFailure when this worker may have been declared dead: another attempt reports the call as sent
   */
  recordSending(): Promise<boolean>;
}

/** What a server's tool gave. It leaves the draft as it is. */
export interface ServerResult {
  readonly text: string;
  readonly isError: boolean;
  /** Null when the call was not sent. */
  readonly mcp: McpValues | null;
}

export type CallServer = (context: ChangeContext, request: ServerRequest) => Promise<ServerResult>;

/** What an activity on the sandbox queue can carry out beside changes. */
export interface SandboxCalls {
  readonly runCommand: RunCommand;
  readonly callServer: CallServer;
}

/** What the steps of one answer share. */
interface Answer {
  readonly agent: AgentContext;
  readonly turn: AnsweredTurn;
  readonly sandbox: SandboxCalls | null;
  /** When it arrived. */
  readonly at: Date;
  /** The tools of the task's servers; empty when no step calls one. */
  readonly tools: readonly OfferedTool[];
  /** The positions of the calls of servers that were sent, or were about to be. */
  readonly sent: ReadonlySet<number>;
}

/**
 * Carries out the steps. A step with a recorded result is not carried out again.
 * @param sandbox null where neither commands nor servers run; then the steps have none
 * @returns the draft after the last one, and the positions of the calls whose results are errors
 */
export async function carryOutCalls(
  agent: AgentContext,
  turn: AnsweredTurn,
  steps: readonly WorkStep[],
  sandbox: SandboxCalls | null,
): Promise<{ readonly draft: CommitSha; readonly failed: ReadonlySet<number> }> {
  const { db, store, redactors } = agent;
  const { fence, input, task } = turn;
  let { draft } = input.work;
  const failed = new Set<number>();
  if (steps.length === 0) return { draft, failed };
  const callsServers = steps.some(({ kind }) => kind === 'mcp');
  const [recorded, answered, redactor, tools, sent] = await Promise.all([
    readCallResults(db, input),
    readAnsweredTurn(db, input),
    redactors.ofRun(task.run),
    callsServers ? readOfferedTools(db, task) : [],
    callsServers ? readSentCalls(db, input) : new Set<number>(),
  ]);
  const answer: Answer = { agent, turn, sandbox, at: answered.answeredAt, tools, sent };
  const known = new Set(answered.known);
  const knownBlobs = new Set(answered.knownBlobs);
  let { commands } = answered;
  for (const step of steps) {
    const { position } = step;
    const earlier = recorded.find((result) => result.position === position);
    if (earlier !== undefined) {
      ({ draft } = earlier);
      if (earlier.isError) failed.add(position);
      continue;
    }
    const context = { store, task, start: input.work.start, draft, known, knownBlobs, redactor };
    const change = await carryOut(answer, step, context, commands);
    if ('command' in change) commands += 1;
    const stored = await storeCallResult(db, fence, {
      ...{ turn: input.turn, attempt: input.attempt, work: input.work, position, before: draft },
      tree: await store.treeOf(change.draft),
      ...{ command: null, mcp: null, ...change },
    });
    ({ draft } = stored);
    if (stored.isError) failed.add(position);
    for (const path of change.known) known.add(path);
    for (const blob of change.knownBlobs) knownBlobs.add(blob);
  }
  return { draft, failed };
}

/** @param commands those that the task has run before the step */
function carryOut(answer: Answer, step: WorkStep, context: ChangeContext, commands: number): Promise<Change> {
  const { sandbox, at, turn } = answer;
  if (step.kind === 'change') return changeDraft(context, step.call.run(), at);
  if (sandbox === null) throw new Error('This activity runs no commands.');
  if (step.kind === 'mcp') return callServer(answer, sandbox, step, context);
  const outputId = commandOutputId(turn.input.turn, step.position);
  return sandbox.runCommand(context, { ...step.call.run(), outputId, before: commands, at });
}

async function callServer(
  answer: Answer,
  sandbox: SandboxCalls,
  { position, name, call }: Extract<WorkStep, { readonly kind: 'mcp' }>,
  context: ChangeContext,
): Promise<Change> {
  const { turn } = answer.turn.input;
  const tool = answer.tools.find(({ api }) => api.name === name) ?? null;
  const done = await sandbox.callServer(context, {
    ...{ tool, name, input: call.run(), wasSent: answer.sent.has(position) },
    outputId: mcpOutputId(turn, position),
    recordSending: async () => tool !== null && recordSending(answer, { ...tool, turn, position }),
  });
  return { ...done, draft: context.draft, known: [], knownBlobs: [], refused: null };
}

async function recordSending({ agent, turn: { fence } }: Answer, call: SentCall): Promise<boolean> {
  const isFirst = await recordMcpCall(agent.db, fence, call);
  if (!isStillOurs(agent.worker, fence.worker)) throw workerAsleep();
  return isFirst;
}
