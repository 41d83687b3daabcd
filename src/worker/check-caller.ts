import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { isCalledByOwnWorkflow } from '../activities/support/caller.js';
import { REJECTED } from '../contract/authenticity.js';

/** Runs an activity only for the workflow that the record expects, with an input that Leadwright signed. */
export const checkCaller: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    execute: async (input, next) => {
      const [given] = input.args;
      if (input.args.length !== 1 || given === REJECTED) {
        // Retryable: in a fleet whose keys are being rotated, another worker may have the key.
        throw ApplicationFailure.create({
          message: `The input of the activity ${info.activityType} has no valid signature: Leadwright did not schedule it, or this worker lacks its key`,
          type: 'NotAuthentic',
        });
      }
      if (!isCalledByOwnWorkflow(info, given)) {
        throw ApplicationFailure.create({
          message: `The workflow ${info.workflowExecution?.workflowId ?? ''} may not call ${info.activityType} with this input: it is not the workflow of that run or task`,
          type: 'NotAuthentic',
          nonRetryable: true,
        });
      }
      return next(input);
    },
  },
});
