import { problemBody } from '../shared/problem.js';

/** An HTTP response before it is sent. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  /** With 405: what would be answered. */
  readonly allow?: string;
  /** Whatever else is to be said about this one. */
  readonly headers?: Readonly<Record<string, string>>;
}

export function json(value: unknown): Reply {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}

export function text(body: string): Reply {
  return { status: 200, type: 'text/plain; charset=utf-8', body };
}

export function problem(refusal: { readonly status: number; readonly detail: string }): Reply {
  return { status: refusal.status, type: 'application/problem+json', body: problemBody(refusal) };
}

export const NOTHING = problem({ status: 404, detail: 'There is nothing here.' });
