/** The variables that the plan names for a trusted or a remote MCP server. Pure. */
import { isNeverPassed } from '../sandbox/command-environment.js';
import { nonEmpty, type Environment } from '../shared/config.js';
import { ServerFailure } from './session.js';

/** Why a server cannot get a variable: a sentence without its full stop; null when it can. */
export function variableProblem(name: string, env: Environment): string | null {
  if (isNeverPassed(name))
    return `the variable ${name} is never passed on: it is Leadwright's own, or a cloud's credential`;
  return valueOf(name, env) === undefined ? `the variable ${name} is not set where the worker runs` : null;
}

/**
 * Returns the value of a variable that a server needs.
 * @throws ServerFailure when it is missing: without it, the server would fail in ways that do not name it
 */
export function serverVariable(name: string, env: Environment): string {
  const problem = variableProblem(name, env);
  if (problem !== null) throw new ServerFailure(problem);
  return valueOf(name, env) ?? '';
}

function valueOf(name: string, env: Environment): string | undefined {
  return nonEmpty(env[name]?.trim());
}
