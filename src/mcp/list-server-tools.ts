/** Lists the tools of a plan's MCP servers, before any money is spent. */
import type { CommitSha } from '../contract/ids.js';
import type { McpServer } from '../plan/plan-schema.js';
import { offerTools, UnusableTools, type OfferedTool } from './offered-tools.js';
import { openServer, type ServerPlace } from './open-server.js';
import type { Redact } from './redacted-head.js';
import { ServerFailure } from './session.js';
import { LIST_MS, START_MS } from './session-limits.js';

/** The tools of each server, by its name. */
export type ServerTools = Readonly<Record<string, readonly OfferedTool[]>>;

/** A server of the plan cannot be used. The message is a whole sentence for people. */
export class ServerProblem extends Error {
  override readonly name = 'ServerProblem';
}

/**
 * Starts each server on a commit, one after the other, and lists its tools.
 * @param redact hides the run's secrets
 * @throws ServerProblem for the first that does not start, or whose tools cannot be given to an agent
 */
export async function listServerTools(
  place: ServerPlace,
  commit: CommitSha,
  servers: readonly (readonly [name: string, server: McpServer])[],
  redact: Redact,
  signal: AbortSignal,
): Promise<ServerTools> {
  const found: Record<string, readonly OfferedTool[]> = {};
  for (const [name, server] of servers) {
    try {
      const lifeMs = START_MS + LIST_MS;
      const session = await openServer(place, { server, commit, lifeMs, redact, signal });
      try {
        found[name] = offerTools(name, await session.listTools(signal), server.tools, redact);
      } finally {
        await session.close();
      }
    } catch (error) {
      if (error instanceof UnusableTools) throw new ServerProblem(redact(`${capital(error.message)}.`));
      if (!(error instanceof ServerFailure)) throw error;
      throw serverProblem(name, server, error.message, redact);
    }
  }
  return found;
}

/** @param why a sentence without its full stop */
export function serverProblem(name: string, server: McpServer, why: string, redact: Redact): ServerProblem {
  return new ServerProblem(redact(`The MCP server ${name} (${nameOf(server)}) cannot be used: ${why}.`));
}

function nameOf(server: McpServer): string {
  return server.kind === 'remote' ? server.url : server.command;
}

function capital(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}
