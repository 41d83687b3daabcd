/** What can be found out about a plan's MCP servers without starting one. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { McpServer } from '../plan/plan-schema.js';
import { commandPath } from '../sandbox/command-environment.js';
import type { Environment } from '../shared/config.js';
import { serverProblem } from './list-server-tools.js';
import type { Redact } from './redacted-head.js';
import { variableProblem } from './server-variables.js';

/**
 * Checks the variables of trusted and remote servers, and the programs of trusted ones. A server in the sandbox may come
 * from the set-up.
 * @param redact hides the run's secrets
 * @throws ServerProblem for the first server that lacks something
 */
export async function requireServersReady(
  servers: readonly (readonly [name: string, server: McpServer])[],
  env: Environment,
  redact: Redact,
): Promise<void> {
  for (const [name, server] of servers) {
    const why = await whyNotReady(server, env);
    if (why !== null) throw serverProblem(name, server, why, redact);
  }
}

async function whyNotReady(server: McpServer, env: Environment): Promise<string | null> {
  switch (server.kind) {
    case 'sandboxed':
      return null;
    case 'remote':
      return whyNoVariables(server.env, env);
    case 'trusted':
      return whyNoVariables(server.env, env) ?? (await whyNotFound(server.command, env));
  }
}

function whyNoVariables(names: readonly string[], env: Environment): string | null {
  const problems = names.map((name) => variableProblem(name, env)).filter((problem) => problem !== null);
  return problems.length === 0 ? null : problems.join('; ');
}

async function whyNotFound(command: string, env: Environment): Promise<string | null> {
  // It runs in an empty folder, so a relative path leads nowhere.
  if (command.includes('/'))
    return isAbsolute(command) && (await isProgram(command)) ? null : `the command ${command} was not found`;
  const { used, skipped } = commandPath(env['PATH']);
  if ((await findIn(used, command)) !== null) return null;
  const there = await findIn(skipped, command);
  return there === null
    ? `the command ${command} was not found in PATH`
    : `the command ${command} was not found in PATH, of which entries that npm may have added are skipped. Give its absolute path: ${there}`;
}

async function findIn(folders: readonly string[], command: string): Promise<string | null> {
  for (const folder of folders) {
    const path = join(folder, command);
    if (await isProgram(path)) return path;
  }
  return null;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
