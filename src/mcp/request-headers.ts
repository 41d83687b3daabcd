/** The headers with which a remote MCP server gets the variables that the plan names for it. Pure. */
import type { Environment } from '../shared/config.js';
import { serverVariable } from './server-variables.js';
import { ServerFailure } from './session.js';

/** What a header may hold. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The first variable is the bearer token, unless it names another scheme itself (`Basic …`); each further one is a header
 * of its name.
 * @throws ServerFailure when a value is missing, or cannot be sent
 */
export function requestHeaders(names: readonly string[], env: Environment): Record<string, string> {
  const headers: Record<string, string> = {};
  names.forEach((name, index) => {
    const value = serverVariable(name, env);
    if (!HEADER_VALUE.test(value)) throw new ServerFailure(`the variable ${name} cannot be sent as a header`);
    if (index === 0) headers['authorization'] = value.includes(' ') ? value : `Bearer ${value}`;
    else headers[name.toLowerCase().replaceAll('_', '-')] = value;
  });
  return headers;
}
