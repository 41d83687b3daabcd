import { STATUS_CODES } from 'node:http';

/** The standard text of an HTTP status. */
export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown';
}

/** The body of a refused request: a problem document (RFC 9457, `application/problem+json`). */
export function problemBody(problem: { readonly status: number; readonly detail: string }): string {
  return JSON.stringify({
    title: statusText(problem.status),
    status: problem.status,
    detail: problem.detail,
  });
}
