/** A session with an MCP server: it lists tools and calls them. The server is hostile input: all it says is bounded. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/types.js';
import { z } from 'zod';
import { WireError } from '../model/wire.js';
import { messageOf } from '../contract/errors.js';
import type { Folders } from '../results/command-folders.js';
import { isRecord } from '../shared/is-record.js';
import { MOST_TOOLS, type ListedTool } from './offered-tools.js';
import { redactedHead, type Redact } from './redacted-head.js';
import { statusOf } from './remote-failure.js';
import { LIST_MS, LIST_PAGES, START_MS } from './session-limits.js';

/** A server did not start, or does not speak MCP. The message is a sentence for people, without its full stop. */
export class ServerFailure extends Error {
  override readonly name = 'ServerFailure';
}

/**
 * How a call ended. `refused`: it was not carried out. `failed`: the server answered with an error. `unknown`: nobody
 * knows whether it was carried out. `why` is a sentence without its full stop.
 */
export type CallEnd =
  | { readonly kind: 'answered'; readonly content: readonly unknown[]; readonly isError: boolean }
  | { readonly kind: 'refused' | 'failed' | 'unknown'; readonly why: string };

/** A way to a server: its transport, and what is known of why it ended. */
export interface Connection {
  readonly transport: Transport;
  /** The folders of a server that runs on a commit; none for others. */
  readonly folders?: readonly Folders[];
  /** Explains an error of the connection: a sentence without its full stop; null for an error of another kind. */
  explain?(error: unknown, shorten: (text: string) => string): string | null;
  /** Why the server ended or was stopped: a sentence without its full stop; null when nothing is known of it. */
  whyEnded(): Promise<string | null>;
  /** Ends the server, or the connection to a remote one. */
  close(): Promise<void>;
}

const listedPage = z.looseObject({
  tools: z.array(z.unknown()),
  nextCursor: z.string().max(4_096).optional(),
});

const callResult = z.looseObject({
  content: z.array(z.unknown()).optional(),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
});

export class McpSession {
  private constructor(
    private readonly client: Client,
    private readonly connection: Connection,
    private readonly redact: Redact,
  ) {
    client.onclose = () => {
      this.over = true;
    };
  }

  private over = false;

  /** Whether it can take no further call: the server or the connection has ended, or the server has forgotten the session. */
  get isOver(): boolean {
    return this.over;
  }

  /**
   * Begins a session.
   * @param redact hides the run's secrets in what the server says of a failure
   * @throws ServerFailure; the signal's reason when it is aborted
   */
  static async open(connection: Connection, redact: Redact, signal: AbortSignal): Promise<McpSession> {
    // Loaded on demand: most runs have no MCP server.
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const client = new Client(
      { name: 'leadwright', version: '1' },
      // The schemas of tools are not compiled: the server checks its input itself.
      { capabilities: {}, jsonSchemaValidator: { getValidator: acceptAll } },
    );
    try {
      await within(START_MS, signal, (limits) => client.connect(connection.transport, limits));
      return new McpSession(client, connection, redact);
    } catch (error) {
      try {
        signal.throwIfAborted();
        throw new ServerFailure(await describe(connection, error, START_MS, redact));
      } finally {
        await connection.close();
      }
    }
  }

  /** Lists its tools, as far as they can be used. @throws ServerFailure; the signal's reason when it is aborted */
  async listTools(signal: AbortSignal): Promise<ListedTool[]> {
    const tools: ListedTool[] = [];
    let cursor: string | undefined;
    const until = Date.now() + LIST_MS;
    try {
      for (let page = 1; page <= LIST_PAGES; page += 1) {
        const params = cursor === undefined ? {} : { cursor };
        const listed = await within(Math.max(1, until - Date.now()), signal, (limits) =>
          this.client.request({ method: 'tools/list', params }, listedPage, limits),
        );
        tools.push(...listed.tools.filter(isRecord));
        cursor = listed.nextCursor;
        // One more than can be used, so that this is noticed.
        if (cursor === undefined || tools.length > LISTED_TOOLS) return tools.slice(0, LISTED_TOOLS);
      }
      throw new ServerFailure('its list of tools does not end');
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ServerFailure) throw error;
      const why = await describe(this.connection, error, LIST_MS, this.redact);
      throw new ServerFailure(`its tools cannot be listed: ${why}`);
    }
  }

  /**
   * Calls a tool, once.
   * @throws the signal's reason when it is aborted: then nobody knows whether the call was carried out
   */
  async call(
    tool: string,
    input: Record<string, unknown>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<CallEnd> {
    try {
      const params = { name: tool, arguments: input };
      const result = await within(timeoutMs, signal, (limits) =>
        this.client.request({ method: 'tools/call', params }, callResult, limits),
      );
      const { content = [], structuredContent, isError = false } = result;
      const structured = structuredContent === undefined ? [] : [{ type: STRUCTURED, structuredContent }];
      return { kind: 'answered', content: content.length === 0 ? structured : content, isError };
    } catch (error) {
      signal.throwIfAborted();
      return this.explain(error, timeoutMs);
    }
  }

  private async explain(error: unknown, timeoutMs: number): Promise<CallEnd> {
    const how = howItFailed(error);
    // What the server does after an unknown outcome belongs to no call. With 404, it says that it knows no such session.
    if (!['refused', 'failed'].includes(how) || error instanceof WireError || statusOf(error) === 404)
      this.over = true;
    switch (how) {
      case 'late':
        return { kind: 'unknown', why: `no answer within ${timeoutMs / 1_000} s` };
      case 'ended':
        return { kind: 'unknown', why: (await this.connection.whyEnded()) ?? 'it ended' };
      case 'unsent':
        return { kind: 'refused', why: (await this.connection.whyEnded()) ?? 'it had ended' };
      case 'refused':
      case 'failed':
      case 'unknown':
        return { kind: how, why: explain(this.connection, error, this.redact) };
    }
  }

  /** The folders of a server that runs on a commit. */
  get folders(): readonly Folders[] {
    return this.connection.folders ?? [];
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.client.close().catch(() => undefined);
  }
}

/** Marks a result that the server gave as data instead of content. */
export const STRUCTURED = 'structured';

/** More tools than can be given to an agent; the plan may name some of them. */
const LISTED_TOOLS = 8 * MOST_TOOLS;

/** The server did not answer within the limit. */
class Late extends Error {}

/**
 * Waits for the server, at most for the limit and until the signal is aborted. The SDK applies both to requests only: it
 * would wait for ever for the answer to a notification. It never removes its listener from the signal, so each request has
 * a signal of its own.
 */
async function within<T>(
  timeoutMs: number,
  signal: AbortSignal,
  act: (limits: RequestOptions) => Promise<T>,
): Promise<T> {
  const own = AbortSignal.any([signal]);
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late()), timeoutMs);
    own.addEventListener('abort', () => reject(own.reason as Error));
  });
  try {
    own.throwIfAborted();
    const limits = { timeout: timeoutMs, maxTotalTimeout: timeoutMs, signal: own };
    return await Promise.race([act(limits), over]);
  } finally {
    clearTimeout(timer);
  }
}

/** A validator that is never asked. Its type promises that the data is what the schema says. */
function acceptAll<T>(): JsonSchemaValidator<T> {
  return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
}

/** The SDK's own errors when no answer came. Servers use their codes too, -32000 and -32001, for errors of their own. */
const ENDED = 'MCP error -32000: Connection closed';
const TIMED_OUT = ['MCP error -32001: Request timed out', 'MCP error -32001: Maximum total timeout exceeded'];

/** Codes of JSON-RPC that say that nothing was done: no request, no such method, and parameters that it does not take. */
const REFUSALS = [-32_700, -32_600, -32_601, -32_602];

/** The SDK's error, and that of our own transport, when the connection had ended before a request. */
export const NOT_CONNECTED = 'Not connected';

/**
 * How a request failed. `late` and `ended`: no answer came. `unsent`: the connection had ended before. `refused` and `failed`:
 * the server answered.
 */
function howItFailed(error: unknown): 'late' | 'ended' | 'unsent' | 'refused' | 'failed' | 'unknown' {
  if (error instanceof Late) return 'late';
  if (!(error instanceof Error)) return 'unknown';
  if (error instanceof WireError) return error.brokenAt === 'before-sent' ? 'refused' : 'unknown';
  if (error.message === NOT_CONNECTED) return 'unsent';
  const code = 'code' in error && typeof error.code === 'number' ? error.code : 0;
  if (error.name === 'McpError') {
    if (error.message === ENDED) return 'ended';
    if (TIMED_OUT.includes(error.message)) return 'late';
    return REFUSALS.includes(code) ? 'refused' : 'failed';
  }
  // An HTTP status that says that nothing was done.
  const status = statusOf(error) ?? 0;
  return status >= 300 && status < 500 ? 'refused' : 'unknown';
}

/** Why the server cannot be used. An error that it answered with says most. */
async function describe(
  connection: Connection,
  error: unknown,
  limitMs: number,
  redact: Redact,
): Promise<string> {
  const how = howItFailed(error);
  const ended = how === 'refused' || how === 'failed' ? null : await connection.whyEnded();
  if (ended !== null) return ended;
  return how === 'late'
    ? `it did not answer within ${limitMs / 1_000} s`
    : explain(connection, error, redact);
}

function explain(connection: Connection, error: unknown, redact: Redact): string {
  const shorten = (text: string) => shortened(text, redact);
  const invalid = invalidPart(error);
  if (invalid !== null) return shorten(`its answer is not one of MCP: ${invalid}`);
  return connection.explain?.(error, shorten) ?? shorten(messageOf(error));
}

const validationError = z.object({
  issues: z.tuple(
    [z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })],
    z.unknown(),
  ),
});

/** The first part of an answer that is not as the schema says; null for errors of another kind. */
function invalidPart(error: unknown): string | null {
  const { data } = validationError.safeParse(error);
  if (data === undefined) return null;
  const [{ path, message }] = data.issues;
  return `${path.join('.')}: ${message}`;
}

/** Characters of a message that the server or a library wrote. */
const MESSAGE_CHARS = 500;

function shortened(message: string, redact: Redact): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.length > MESSAGE_CHARS ? `${redactedHead(line, MESSAGE_CHARS, redact)}…` : redact(line);
}
