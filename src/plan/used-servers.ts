/** The MCP servers that the tasks of a plan use. Pure. */
import type { McpServer, Plan } from './plan-schema.js';

/** The servers with these names, in the plan's order. */
export function serversOf(
  { mcp }: Pick<Plan, 'mcp'>,
  used: readonly string[],
): (readonly [name: string, server: McpServer])[] {
  return Object.entries(mcp).filter(([name]) => used.includes(name));
}

/** What a person should know of the plan's servers, one sentence each. */
export function serverWarnings({ mcp }: Pick<Plan, 'mcp'>): string[] {
  return Object.entries(mcp).flatMap(([name, { kind, env }]) =>
    kind === 'sandboxed' && env.length > 0
      ? [
          `the MCP server ${name} runs in the sandbox and so gets none of the variables in its \`env\` (${env.join(', ')}); with \`trusted: true\` it gets them, and runs outside`,
        ]
      : [],
  );
}
