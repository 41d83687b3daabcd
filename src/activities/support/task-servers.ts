/** The MCP servers of a task while the calls of one answer are carried out. */
import type { CallServer, ServerRequest, ServerResult } from '../../agent/answer/carry-out-calls.js';
import { ANSWER_CHARS } from '../../agent/tools/read-result.js';
import { CALLS_OF_ANSWER } from '../../agent/answer/turn-limits.js';
import type { CommitSha } from '../../contract/ids.js';
import type { RunRecord } from '../../db/task-record.js';
import type { OfferedTool } from '../../mcp/offered-tools.js';
import { openServer, type ServerPlace } from '../../mcp/open-server.js';
import { redactedHead } from '../../mcp/redacted-head.js';
import { recordedResult, type RecordedResult } from '../../mcp/result-text.js';
import { START_MS } from '../../mcp/session-limits.js';
import { ServerFailure, type CallEnd, type McpSession } from '../../mcp/session.js';
import type { McpServer } from '../../plan/plan-schema.js';
import type { Redactor } from '../../redaction/redactor.js';
import { headAndTail } from '../../results/head-and-tail.js';
import type { Folders } from '../../results/command-folders.js';
import { asTerminalText, relativeFilePaths } from '../../results/neutral-output.js';
import { material } from '../../shared/words/material.js';
import type { ActivityContext } from './activity-context.js';
import { setupOf } from './judge-commit.js';

/** Where the servers of a run's plan run. */
export function serverPlace(context: ActivityContext, run: RunRecord): ServerPlace {
  const { runner, store: source, paths, env } = context;
  return {
    runner,
    source,
    treesFolder: paths.trees,
    setup: setupOf(context, run),
    env,
    setupVariables: run.plan.env,
  };
}

/** A running server. One in the sandbox sees one draft. */
interface Running {
  readonly draft: CommitSha | null;
  readonly opening: Promise<McpSession>;
}

/**
 * Starts a server when it is first called, and ends it after the answer. A server in the sandbox starts again when the
 * draft has changed.
 */
export class TaskServers {
  private readonly running = new Map<string, Running>();

  constructor(
    private readonly context: ActivityContext,
    private readonly run: RunRecord,
    private readonly signal: AbortSignal,
  ) {}

  readonly call: CallServer = async ({ draft, redactor }, request) => {
    const { tool, name } = request;
    const server = tool === null ? undefined : this.run.plan.mcp[tool.server];
    if (tool === null || server === undefined)
      return notSent(`Error: this task has no tool ${JSON.stringify(name)}.`);
    if (request.wasSent) return describeEnd(tool, request, INTERRUPTED, 0, redactor);
    let session: McpSession;
    try {
      session = await this.open(tool.server, server, draft, redactor.redact);
    } catch (error) {
      this.signal.throwIfAborted();
      if (!(error instanceof ServerFailure)) throw error;
      return notSent(
        `Not sent: the server ${tool.server} cannot be used now.\n\n${material(redactor.redact(error.message))}`,
      );
    }
    if (!(await request.recordSending())) return describeEnd(tool, request, INTERRUPTED, 0, redactor);
    const began = performance.now();
    const { timeoutMs } = this.run.plan.commands;
    const end = await session.call(tool.tool, { ...request.input }, timeoutMs, this.signal);
    if (session.isOver) await this.end(tool.server);
    const ms = Math.round(performance.now() - began);
    return describeEnd(tool, request, end, ms, redactor, session.folders);
  };

  /** Ends all servers. */
  async close(): Promise<void> {
    await Promise.all([...this.running.keys()].map((name) => this.end(name)));
  }

  private async open(
    name: string,
    server: McpServer,
    draft: CommitSha,
    redact: Redactor['redact'],
  ): Promise<McpSession> {
    const seen = server.kind === 'sandboxed' ? draft : null;
    const known = this.running.get(name);
    if (known?.draft === seen) {
      const session = await known.opening;
      // It may have ended since its last call.
      if (!session.isOver) return session;
    }
    await this.end(name);
    const lifeMs = CALLS_OF_ANSWER * this.run.plan.commands.timeoutMs + START_MS;
    const place = serverPlace(this.context, this.run);
    const opening = openServer(place, { server, commit: draft, lifeMs, redact, signal: this.signal });
    // A server that does not start is not started again for the next call of the answer.
    this.running.set(name, { draft: seen, opening });
    return opening;
  }

  private async end(name: string): Promise<void> {
    const known = this.running.get(name);
    this.running.delete(name);
    await known?.opening.then(
      (session) => session.close(),
      () => undefined,
    );
  }
}

/** The worker that was to send the call was stopped, and another one goes on. */
const INTERRUPTED: CallEnd = {
  kind: 'unknown',
  why: 'the worker was interrupted before it had recorded an answer',
};

const NOT_KNOWN =
  'The call was sent, or was about to be, and no answer is recorded: it may have taken effect. It is not sent again. Before you repeat it, find out what it did.';

/** How a call without a result begins, by its end. */
const WITHOUT_RESULT = {
  refused: 'The server refused the call.',
  failed: 'The server answered with an error.',
  unknown: `Unknown outcome.\n${NOT_KNOWN}`,
} as const;

const OUTCOMES = { refused: 'error', failed: 'error', unknown: 'unknown' } as const;

/** Characters of a tool's name in the record. It is of the server's choice. */
const TOOL_NAME_CHARS = 200;

function notSent(text: string): ServerResult {
  return { text, isError: true, mcp: null };
}

function describeEnd(
  { server, tool }: OfferedTool,
  { outputId }: ServerRequest,
  end: CallEnd,
  ms: number,
  redactor: Redactor,
  folders: readonly Folders[] = [],
): ServerResult {
  const called = { server, tool: redactedHead(tool, TOOL_NAME_CHARS, redactor.redact), ms };
  switch (end.kind) {
    case 'answered': {
      const result = recordedResult(end.content, redactor.redact, folders);
      const first = end.isError ? 'The tool reports an error.' : 'Answered.';
      const text = [first, ...describeOutput(result, outputId)].join('\n');
      return {
        text,
        isError: end.isError,
        mcp: { ...called, outcome: end.isError ? 'error' : 'ok', output: result.output },
      };
    }
    case 'refused':
    case 'failed':
    case 'unknown': {
      const why = redactor.redact(asTerminalText(relativeFilePaths(end.why, folders)));
      const text = `${WITHOUT_RESULT[end.kind]}\n\n${material(why)}`;
      return { text, isError: true, mcp: { ...called, outcome: OUTCOMES[end.kind], output: why } };
    }
  }
}

function describeOutput({ output, isWhole, chars }: RecordedResult, id: string): string[] {
  if (output.trim() === '') return ['The result is empty.'];
  const shown = headAndTail(output, ANSWER_CHARS, chars);
  const more = isWhole ? 'all' : 'more';
  const rest =
    shown === output ? [] : [`The result is shortened: read_output with the id ${id} shows ${more} of it.`];
  return [...rest, '', material(shown)];
}
