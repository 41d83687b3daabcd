import { STATUS_CODES } from 'node:http';
import type { ProblemDetails } from '../../contract/api.js';

/** The standard text of an HTTP status. */
export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown';
}

/** The body of a refused request: a problem document (RFC 9457, `application/problem+json`). */
export function problemBody(problem: Pick<ProblemDetails, 'status' | 'detail'>): string {
  const { status, detail } = problem;
  return JSON.stringify({ title: statusText(status), status, detail } satisfies ProblemDetails);
}
