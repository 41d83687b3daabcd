/** Refuses what does not come from Leadwright: starts, signals, updates and results of activities (SECURITY.md). */
import {
  ApplicationFailure,
  log,
  workflowInfo,
  type ActivityOptions,
  type WorkflowInterceptors,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow';
import {
  isActivityResult,
  isRejected,
  isStamped,
  REJECTED,
  SIGNATURE_PROBLEM,
  type RequestStamp,
} from '../contract/authenticity.js';

export const interceptors: WorkflowInterceptorsFactory = () =>
  ({
    inbound: [
      {
        execute: (input, next) => {
          if (input.args.length > 0 && !input.args.includes(REJECTED)) return next(input);
          return Promise.reject(refusedStart());
        },
        handleSignal: async (input, next) => {
          if (isStamped(input.args, { request: input.signalName })) return next(withoutStamp(input));
          log.warn('ignored a signal that was not sent by Leadwright', { signal: input.signalName });
        },
        validateUpdate: (input, next) => {
          if (isStamped(input.args, { request: input.name, id: input.updateId })) {
            next(withoutStamp(input));
            return;
          }
          throw ApplicationFailure.nonRetryable('The update was not sent by Leadwright');
        },
        handleUpdate: (input, next) => next(withoutStamp(input)),
      },
    ],
    outbound: [
      {
        scheduleActivity: async (input, next) => {
          const value = await next(input);
          return isActivityResult(value) ? value.result : REJECTED;
        },
        signalWorkflow: (input, next) => {
          const stamp: RequestStamp = { request: input.signalName };
          return next({ ...input, args: [...input.args, stamp] });
        },
      },
    ],
  }) satisfies WorkflowInterceptors;

function withoutStamp<I extends { readonly args: unknown[] }>(input: I): I {
  return { ...input, args: input.args.slice(0, -1) };
}

/**
 * A workflow that somebody else started ends at once, so that its id is free for the run. If a history is replayed, it
 * did begin with a valid signature, and this process has another key: then only its workflow task fails, and it
 * continues as soon as the key is back.
 */
function refusedStart(): Error {
  const message = `${SIGNATURE_PROBLEM}: it was not started by Leadwright, or the payload key was replaced (docs/troubleshooting.md)`;
  return workflowInfo().unsafe.isReplaying ? new Error(message) : ApplicationFailure.nonRetryable(message);
}

/**
 * How often an activity is scheduled when its results are forged. Somebody who can forge one more can also terminate the
 * workflow.
 */
const MAX_TRIES = 10;

/** An activity's proxy. */
export interface Callable<I, R> {
  executeWithOptions(options: ActivityOptions, args: [input: I]): Promise<R>;
}

/**
 * Calls an activity. If somebody else completed it, it is scheduled again: activities record what they did, so a
 * repetition finds the real result.
 */
export async function call<I, R>(activity: Callable<I, R>, options: ActivityOptions, input: I): Promise<R> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const result = await activity.executeWithOptions(options, [input]);
    if (!isRejected(result)) return result;
    log.warn('scheduled an activity again: its result was not written by Leadwright', {
      summary: options.summary,
    });
  }
  throw new Error(`The results of an activity were forged ${MAX_TRIES} times: ${options.summary ?? ''}`);
}
