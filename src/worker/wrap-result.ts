import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { ActivityResult } from '../contract/authenticity.js';

/** Marks what an activity returns as its result. Workflows accept nothing else (src/workflows/authentic.ts). */
export const wrapResult: ActivityInterceptorsFactory = () => ({
  inbound: {
    execute: async (input, next): Promise<ActivityResult> => ({ result: (await next(input)) ?? null }),
  },
});
