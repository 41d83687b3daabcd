import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import pg from 'pg';
import { ZodError } from 'zod';
import { UnrecordableAnswer } from '../agent/answer/store-answer.js';
import { RecordMissing } from '../db/task-record.js';
import { messageOf } from '../contract/errors.js';
import { redactOwnSecrets } from '../redaction/own-secrets.js';

/**
 * Makes failures final that no retry can fix: bugs, and records that were removed. Temporal retries all others (a
 * database that restarts, a full disk). The stack goes to the log; the failure's message is its reason.
 */
export const recordFinalFailures: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    execute: async (input, next) => {
      try {
        return await next(input);
      } catch (error) {
        redactError(error);
        if (!isFinal(error)) throw error;
        context.log.error('an activity failed for good', { error });
        throw ApplicationFailure.create({ message: messageOf(error), type: error.name, nonRetryable: true });
      }
    },
  },
});

function isFinal(error: unknown): error is Error {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError ||
    error instanceof ZodError ||
    error instanceof RecordMissing ||
    error instanceof UnrecordableAnswer ||
    (error instanceof pg.DatabaseError && UNSTORABLE.test(error.code ?? ''))
  );
}

/**
 * Classes of PostgreSQL's errors about the data of a statement: a number out of range, a text that it cannot take (22), or
 * more than it can take (54). A turn that was retried would pay for an answer again that cannot be stored either.
 */
const UNSTORABLE = /^(?:22|54)/;

/** The longest chain of causes that is redacted. */
const MAX_CAUSES = 10;

/** Redacts an error in place, for the log and for Temporal's history. */
function redactError(error: unknown): void {
  let next = error;
  for (let depth = 0; depth < MAX_CAUSES && next instanceof Error; depth++) {
    next.message = redactOwnSecrets(next.message);
    if (next.stack !== undefined) next.stack = redactOwnSecrets(next.stack);
    next = next.cause;
  }
}
