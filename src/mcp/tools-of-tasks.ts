/** The tools that tasks get from all their MCP servers together. Pure. */
import { ServerProblem, type ServerTools } from './list-server-tools.js';
import { definitionChars, MOST_CHARS, MOST_TOOLS, type OfferedTool } from './offered-tools.js';

/** A task, and the names of its servers. */
interface ServerUser {
  readonly id: string;
  readonly mcp: readonly string[];
}

/** Characters of the definitions that a task gets from its servers. */
export function toolCharsOf({ mcp }: Pick<ServerUser, 'mcp'>, tools: ServerTools): number {
  return mcp.length === 0 ? 0 : definitionChars(toolsOf(mcp, tools));
}

/** @throws ServerProblem for the first task whose servers together offer more than an agent can be given */
export function requireToolsFit(tasks: readonly ServerUser[], tools: ServerTools): void {
  for (const { id, mcp } of tasks) {
    const number = toolsOf(mcp, tools).length;
    const chars = toolCharsOf({ mcp }, tools);
    if (number <= MOST_TOOLS && chars <= MOST_CHARS) continue;
    throw new ServerProblem(
      `The MCP servers of the task ${id} (${mcp.join(', ')}) together have ${number} tools with definitions of ${chars} characters, and at most ${MOST_TOOLS} tools and ${MOST_CHARS} characters can be given to an agent. Name those that it needs in the \`tools\` of each server.`,
    );
  }
}

function toolsOf(mcp: readonly string[], tools: ServerTools): OfferedTool[] {
  return mcp.flatMap((server) => tools[server] ?? []);
}
