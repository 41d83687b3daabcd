/**
 * Carries out the calls of an answer that change the draft, run commands or go to MCP servers, in their order. Each has
 * one result, and a call of a server is sent at most once.
 */
import type { CommitSha } from '../contract/ids.js';
import { readCallResults, storeCallResult, type CommandValues, type McpValues } from '../db/call-results.js';
import { readSentCalls, recordMcpCall, type SentCall } from '../db/mcp-calls.js';
import { readAnsweredTurn } from '../db/turns.js';
import type { AgentContext, AnsweredTurn } from './agent-context.js';
import { changeDraft, type DraftChange } from './change-draft.js';
import type { ChangeContext } from './check-changes.js';
import type { WorkStep } from './interpret-answer.js';
import { readOfferedTools } from './offered-tools.js';
import { commandOutputId, mcpOutputId } from './outputs.js';
import { isStillOurs } from './still-ours.js';
import type { CommandCall } from './tools/tool.js';
import { workerAsleep } from './turn-errors.js';
import type { OfferedTool } from '../mcp/offered-tools.js';

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

/**
 * Carries out the steps. A step with a recorded result is not carried out again.
 * @param sandbox null where neither commands nor servers run; then the steps have none
 * @returns the draft after the last one
 */
export async function carryOutCalls(
  { db, store, redactors, worker }: AgentContext,
  { fence, input, task }: AnsweredTurn,
  steps: readonly WorkStep[],
  sandbox: SandboxCalls | null,
): Promise<CommitSha> {
  let { draft } = input.work;
  if (steps.length === 0) return draft;
  const callsServers = steps.some(({ kind }) => kind === 'mcp');
  const [recorded, answered, redactor, tools, sent] = await Promise.all([
    readCallResults(db, input),
    readAnsweredTurn(db, input),
    redactors.ofRun(task.run),
    callsServers ? readOfferedTools(db, task) : [],
    callsServers ? readSentCalls(db, input) : new Set<number>(),
  ]);
  const { answeredAt: at } = answered;
  const known = new Set(answered.known);
  const knownBlobs = new Set(answered.knownBlobs);
  let { commands } = answered;
  for (const step of steps) {
    const { position } = step;
    const earlier = recorded.find((result) => result.position === position);
    if (earlier !== undefined) {
      ({ draft } = earlier);
      continue;
    }
    const context = { store, task, start: input.work.start, draft, known, knownBlobs, redactor };
    const change = await carryOut(step, context, at);
    const command = 'command' in change ? change.command : null;
    const mcp = 'mcp' in change ? change.mcp : null;
    if (command !== null) commands += 1;
    const { text, isError, refused } = change;
    draft = await storeCallResult(db, fence, {
      ...{ turn: input.turn, attempt: input.attempt, work: input.work, position, before: draft },
      tree: await store.treeOf(change.draft),
      ...{
        draft: change.draft,
        known: change.known,
        knownBlobs: change.knownBlobs,
        text,
        isError,
        refused,
        command,
        mcp,
      },
    });
    for (const path of change.known) known.add(path);
    for (const blob of change.knownBlobs) knownBlobs.add(blob);
  }
  return draft;

  function carryOut(step: WorkStep, context: ChangeContext, at: Date): Promise<Change> {
    if (step.kind === 'change') return changeDraft(context, step.call.run(), at);
    if (sandbox === null) throw new Error('This activity runs no commands.');
    if (step.kind === 'mcp') return callServer(sandbox, step, context);
    const outputId = commandOutputId(input.turn, step.position);
    return sandbox.runCommand(context, { ...step.call.run(), outputId, before: commands, at });
  }

  async function callServer(
    { callServer: call }: SandboxCalls,
    { position, name, call: valid }: Extract<WorkStep, { readonly kind: 'mcp' }>,
    context: ChangeContext,
  ): Promise<Change> {
    const tool = tools.find(({ api }) => api.name === name) ?? null;
    const done = await call(context, {
      ...{ tool, name, input: valid.run(), wasSent: sent.has(position) },
      outputId: mcpOutputId(input.turn, position),
      recordSending: async () => tool !== null && recordSending({ ...tool, turn: input.turn, position }),
    });
    return { ...done, draft: context.draft, known: [], knownBlobs: [], refused: null };
  }

  async function recordSending(call: SentCall): Promise<boolean> {
    const isFirst = await recordMcpCall(db, fence, call);
    if (!isStillOurs(worker, fence.worker)) throw workerAsleep();
    return isFirst;
  }
}
