import pg from 'pg';
import { EnvironmentError, UsageError } from '../contract/errors.js';

/**
 * Classes of transient PostgreSQL errors: connection (08), transaction rollback (40), resources (53), operator
 * intervention (57), errors of the machine, such as of its disk (58). The embedded server gets a new password with each host
 * process, so an invalid password (28P01) means that the host has been replaced. A server that another one has just replaced only reads (25006).
 */
const TRANSIENT = /^(?:08|40|53|57|58|28P01|25006)/;
/** The same errors as Prisma reports them. */
const PRISMA = /^(?:P1000|P1001|P1002|P1008|P1017)$|Code: `(?:08|40|53|57|58|28P01|25006)/;
const SOCKET = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);
/** The gRPC status codes UNAVAILABLE and DEADLINE_EXCEEDED. */
const GRPC = new Set([14, 4]);
/**
 * Messages of client errors that have no code, or one that means other things elsewhere. PostgreSQL removes its Unix
 * socket when it ends, and refuses with EAGAIN while too many clients connect at once.
 */
const MESSAGES =
  /connect (?:ENOENT|EAGAIN)|Connection terminated|timeout exceeded when trying to connect|Unable to start a transaction in the given time|Query read timeout|not queryable|Failed to connect before the deadline/;

/** Whether an error means that the database or Temporal is unavailable, and says nothing about the request. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof UsageError || error instanceof EnvironmentError) return false;
  return hasCause(error, isUnavailableError);
}

/** Whether PostgreSQL refused the user or the password. */
export function isLoginRefused(error: unknown): boolean {
  return hasCause(error, isLoginError);
}

/** Whether an error, or one that caused it, is of a kind. */
function hasCause(error: unknown, isOfKind: (cause: Error) => boolean): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isOfKind(cause)) return true;
  }
  return false;
}

function isLoginError(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return code === '28P01' || code === '28000' || code === 'P1000' || LOGIN.test(error.message);
}

const LOGIN = /Authentication failed against|password authentication failed|Code: `28(?:P01|000)/;

/** Whether an error of the database is transient. */
export function isTransient({ code = '' }: pg.DatabaseError): boolean {
  return TRANSIENT.test(code);
}

function isUnavailableError(error: Error): boolean {
  const code: unknown = 'code' in error ? error.code : undefined;
  if (error instanceof pg.DatabaseError) return isTransient(error);
  if (typeof code === 'number') return GRPC.has(code);
  if (typeof code === 'string' && (SOCKET.has(code) || PRISMA.test(code))) return true;
  return PRISMA.test(error.message) || MESSAGES.test(error.message);
}
