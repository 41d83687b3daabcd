import { STATUS_CODES } from 'node:http';

/** The words that go with an HTTP status. */
export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown';
}

/** A refusal as a problem document (RFC 9457, `application/problem+json`). */
export function problemBody(problem: { readonly status: number; readonly detail: string }): string {
  return JSON.stringify({
    title: statusText(problem.status),
    status: problem.status,
    detail: problem.detail,
  });
}
