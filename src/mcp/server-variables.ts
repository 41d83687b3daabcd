/** The variables that the plan names for a trusted or a remote MCP server. Pure. */
import { isNeverPassed } from '../sandbox/command-environment.js';
import { nonEmpty, type Environment } from '../shared/config.js';
import { ServerFailure } from './session.js';

/**
 * Returns the value of a variable that a server needs.
 * @throws ServerFailure when it is missing: without it, the server would fail in ways that do not name it
 */
export function serverVariable(name: string, env: Environment): string {
  if (isNeverPassed(name)) {
    throw new ServerFailure(
      `the variable ${name} is never passed on: it is Leadwright's own, or a cloud's credential`,
    );
  }
  const value = nonEmpty(env[name]?.trim());
  if (value === undefined) throw new ServerFailure(`the variable ${name} is not set where the worker runs`);
  return value;
}
