import { randomUUID } from 'node:crypto';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { RequestStamp } from '../../contract/authenticity.js';

/** Adds a stamp to each signal and update as its last argument. Workflows check and remove it (src/workflows/authentic.ts). */
export const stampRequests: WorkflowClientInterceptor = {
  signal: (input, next) => next({ ...input, args: [...input.args, stamp({ request: input.signalName })] }),
  signalWithStart: (input, next) =>
    next({ ...input, signalArgs: [...input.signalArgs, stamp({ request: input.signalName })] }),
  startUpdate: (input, next) => {
    const id = input.options.updateId ?? randomUUID();
    return next({
      ...input,
      args: [...input.args, stamp({ request: input.updateName, id })],
      options: { ...input.options, updateId: id },
    });
  },
};

function stamp(stamp: RequestStamp): RequestStamp {
  return stamp;
}
