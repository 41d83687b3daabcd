import type { Context, TypedResponse } from 'hono';
import type { Done } from '../contract/api.js';
import { EnvironmentError, NotFoundError, UsageError } from '../contract/errors.js';
import { isUnavailable } from '../db/transient-errors.js';
import { Refused, type Refusal } from './refusal.js';
import { json } from './responses.js';

const DONE: Done = {};

/** Carries out the action of a POST and responds with its result. @throws Refused with a message for the person */
export async function carryOut(
  c: Context,
  action: () => Promise<void>,
): Promise<Response & TypedResponse<Done, 200, 'json'>> {
  try {
    await action();
  } catch (error) {
    const refusal = refusalOf(error);
    throw refusal === null ? error : new Refused(refusal);
  }
  return json(c, DONE);
}

/** Null for an error that is a fault of ours. */
function refusalOf(error: unknown): Refusal | null {
  if (error instanceof UsageError) {
    const problems = error.problems.map(({ path, message }) => ` ${path}: ${message}.`);
    return {
      status: error instanceof NotFoundError ? 404 : 409,
      detail: `${error.message}${problems.join('')}`,
    };
  }
  if (error instanceof EnvironmentError) {
    return { status: 503, detail: `${error.message} ${error.fix}` };
  }
  if (!isUnavailable(error)) return null;
  return {
    status: 503,
    detail: 'The database or Temporal does not answer; what was asked may still happen.',
  };
}
