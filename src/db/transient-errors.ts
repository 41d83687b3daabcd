import pg from 'pg';
import { EnvironmentError, UsageError } from '../contract/errors.js';

/**
 * Classes of PostgreSQL's errors that pass: connection (08), a transaction that had to give way (40), resources
 * (53), an operator's doing (57). An embedded server's password is new with each host: an old one (28P01) is a
 * host that was replaced meanwhile.
 */
const PASSING = /^(?:08|40|53|57|28P01)/;
/** What Prisma makes of the same. */
const PRISMA = /^(?:P1001|P1002|P1008|P1017)$|Code: `(?:08|40|53|57|28P01)/;
const SOCKET = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);
/** UNAVAILABLE and DEADLINE_EXCEEDED, by their numbers in gRPC. */
const GRPC = new Set([14, 4]);
/** Clients that lost their server before they could give it a code. */
const WORDS =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable|Failed to connect before the deadline/;

/** Whether an error says that the database or Temporal is not there now, and nothing about what was asked. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof UsageError || error instanceof EnvironmentError) return false;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (saysAway(cause)) return true;
  }
  return false;
}

/** Whether the database itself refused for a reason that passes. */
export function isTransient({ code = '' }: pg.DatabaseError): boolean {
  return PASSING.test(code);
}

function saysAway(error: Error): boolean {
  const code: unknown = 'code' in error ? error.code : undefined;
  if (error instanceof pg.DatabaseError) return isTransient(error);
  if (typeof code === 'number') return GRPC.has(code);
  if (typeof code === 'string' && (SOCKET.has(code) || PRISMA.test(code))) return true;
  return PRISMA.test(error.message) || WORDS.test(error.message);
}
