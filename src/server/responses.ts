import type { Context, TypedResponse } from 'hono';
import { Refused, refusalResponse, type Refusal } from './refusal.js';

/**
 * A JSON response. Its length is set here because Hono answers HEAD with the headers of GET alone.
 * The type tells the dashboard's client what the body holds.
 */
export function json<T>(c: Context, value: T): Response & TypedResponse<T, 200, 'json'> {
  const response: Response = body(c, JSON.stringify(value), 'application/json');
  return response as Response & TypedResponse<T, 200, 'json'>;
}

/** A JSON response, or a 404 for null. @throws Refused */
export function found<T>(
  c: Context,
  value: T | null,
  otherwise: string,
): Response & TypedResponse<T, 200, 'json'> {
  if (value === null) throw new Refused({ status: 404, detail: otherwise });
  return json(c, value);
}

export function text(c: Context, value: string, type = 'text/plain; charset=utf-8'): Response {
  return body(c, value, type);
}

export function refuse(c: Context, refusal: Refusal): Response {
  const { body: problem, headers } = refusalResponse(refusal);
  return c.body(problem, refusal.status, headers);
}

function body(c: Context, value: string, type: string): Response {
  return c.body(value, 200, { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(value)) });
}
