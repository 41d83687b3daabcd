/** A session with an MCP server: it lists tools and calls them. The server is hostile input: all it says is bounded. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/types.js';
import { z } from 'zod';
import { messageOf } from '../contract/errors.js';
import { MOST_TOOLS, type ListedTool } from './offered-tools.js';
import { LIST_MS, LIST_PAGES, START_MS } from './session-limits.js';

/** A server did not start, or does not speak MCP. The message is a sentence for people, without its full stop. */
export class ServerFailure extends Error {
  override readonly name = 'ServerFailure';
}

/** How a call ended. `unknown`: nobody knows whether it was carried out. `why` is a sentence without its full stop. */
export type CallEnd =
  | { readonly kind: 'answered'; readonly content: readonly unknown[]; readonly isError: boolean }
  | { readonly kind: 'refused' | 'unknown'; readonly why: string };

/** A way to a server: its transport, and what is known of why it ended. */
export interface Connection {
  readonly transport: Transport;
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

/** Codes of the SDK, which a call that got no answer ends with. */
const NO_ANSWER = [-32_000, -32_001];

export class McpSession {
  private constructor(
    private readonly client: Client,
    private readonly connection: Connection,
  ) {}

  /** Begins a session. @throws ServerFailure; the signal's reason when it is aborted */
  static async open(connection: Connection, signal: AbortSignal): Promise<McpSession> {
    // Loaded on demand: most runs have no MCP server.
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const client = new Client(
      { name: 'leadwright', version: '1' },
      // The schemas of tools are not compiled: the server checks its input itself.
      { capabilities: {}, jsonSchemaValidator: { getValidator: acceptAll } },
    );
    try {
      await client.connect(connection.transport, within(START_MS, signal));
      return new McpSession(client, connection);
    } catch (error) {
      const why = signal.aborted ? null : await describe(connection, error);
      await connection.close();
      signal.throwIfAborted();
      throw new ServerFailure(why ?? 'it did not start');
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
        const listed = await this.client.request(
          { method: 'tools/list', params },
          listedPage,
          within(Math.max(1, until - Date.now()), signal),
        );
        tools.push(...listed.tools.filter(isTool));
        cursor = listed.nextCursor;
        // One more than can be used, so that this is noticed.
        if (cursor === undefined || tools.length > LISTED_TOOLS) return tools.slice(0, LISTED_TOOLS);
      }
      throw new ServerFailure('its list of tools does not end');
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ServerFailure) throw error;
      throw new ServerFailure(`its tools cannot be listed: ${await describe(this.connection, error)}`);
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
      const result = await this.client.request(
        { method: 'tools/call', params },
        callResult,
        within(timeoutMs, signal),
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
    const code = codeOf(error);
    if (code !== null && NO_ANSWER.includes(code)) {
      const why = code === TIMED_OUT ? null : await this.connection.whyEnded();
      return {
        kind: 'unknown',
        why: why ?? (code === TIMED_OUT ? `no answer within ${timeoutMs / 1_000} s` : 'it ended'),
      };
    }
    // An error that the server answered with, or an HTTP status that says that nothing was done.
    const refuses = code !== null && (code < 0 || (code >= 400 && code < 500));
    return { kind: refuses ? 'refused' : 'unknown', why: shortened(messageOf(error)) };
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

const TIMED_OUT = -32_001;

/** The limits of one request. The SDK never removes its listener from the signal, so each has a signal of its own. */
function within(timeoutMs: number, signal: AbortSignal) {
  return { timeout: timeoutMs, maxTotalTimeout: timeoutMs, signal: AbortSignal.any([signal]) };
}

/** A validator that is never asked. Its type promises that the data is what the schema says. */
function acceptAll<T>(): JsonSchemaValidator<T> {
  return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
}

function isTool(tool: unknown): tool is ListedTool {
  return typeof tool === 'object' && tool !== null && !Array.isArray(tool);
}

function codeOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'number' ? error.code : null;
}

async function describe(connection: Connection, error: unknown): Promise<string> {
  const ended = await connection.whyEnded();
  if (ended !== null) return ended;
  if (codeOf(error) === TIMED_OUT) return `it did not answer within ${START_MS / 1_000} s`;
  return shortened(messageOf(error));
}

/** Characters of a message that the server or a library wrote. */
const MESSAGE_CHARS = 500;

function shortened(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.length > MESSAGE_CHARS ? `${line.slice(0, MESSAGE_CHARS)}…` : line;
}
