/** Why a request to a remote MCP server failed, and what to do about it. Pure. */
import { STATUS_CODES } from 'node:http';
import { WireError } from '../model/wire.js';

/** A remote server as the plan names it: the first variable of `env` is its token. */
interface RemoteServer {
  readonly env: readonly string[];
}

/** How the SDK begins the messages of its errors. */
const PREFIX = /^Streamable HTTP error: (?:Error POSTing to endpoint: (?:null$)?)?/;

/** The HTTP status of an error of the SDK's transport, which has it as its code; null for other errors. */
export function statusOf(error: unknown): number | null {
  return error instanceof Error &&
    error.name !== 'McpError' &&
    'code' in error &&
    typeof error.code === 'number' &&
    error.code >= 100
    ? error.code
    : null;
}

/**
 * Explains an error of the connection: a sentence without its full stop, and a second one that says what to do. Null for
 * other errors.
 * @param shorten shortens what the server wrote, and hides secrets in it
 */
export function explainRemoteFailure(
  error: unknown,
  server: RemoteServer,
  shorten: (text: string) => string,
): string | null {
  if (error instanceof WireError)
    return error.brokenAt === 'before-sent'
      ? `it cannot be reached (${shorten(error.message)}). Check its \`url\`, and whether it is running`
      : brokenOff(error);
  const status = statusOf(error);
  if (status === null || !(error instanceof Error)) return null;
  const said = shorten(error.message.replace(PREFIX, ''));
  const name = STATUS_CODES[status];
  const answered = `it answered with HTTP status ${status}${name === undefined ? '' : ` (${name})`}`;
  const fix = fixOf(status, server);
  return `${answered}${said === '' ? '' : `: ${said}`}${fix === null ? '' : `. ${fix}`}`;
}

/** An answer that never comes, because its connection ended. */
export function brokenOff(error: Error | null): string {
  return `the connection broke off before the answer${error === null ? '' : ` (${error.message})`}`;
}

function fixOf(status: number, { env: [token] }: RemoteServer): string | null {
  switch (status) {
    case 401:
    case 403:
      return token === undefined
        ? 'Name the variable that holds its token first in the `env` of the server'
        : `Check the token in the variable ${token}`;
    case 404:
    case 405:
      return 'Check the path of its `url`: it must be that of an MCP endpoint for streamable HTTP';
    default:
      return null;
  }
}
