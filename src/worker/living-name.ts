import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { messageOf } from '../contract/errors.js';
import { StaleFence } from '../db/fencing.js';
import type { Lease } from './lease.js';

/** The part of a lease by which activities get a name that may write. */
export type LivingLease = Pick<Lease, 'id' | 'holds' | 'renew'>;

/** A renewal that was under way when the process fell asleep ends as of then; the next one counts. */
const RENEWALS = 2;

/**
 * Lets no activity begin under the name of a worker that may have been declared dead, and repeats at once one whose name has
 * died. A process that was asleep is handed its activities again before its lease is renewed. Under its old name they would
 * fail, each time with a longer wait: after two pauses of 15 seconds, a turn waited for 16 seconds with nobody at work.
 */
export function underLivingName(lease: Promise<LivingLease>): ActivityInterceptorsFactory {
  return () => ({
    inbound: {
      execute: async (input, next) => {
        const own = await lease;
        for (let tries = 0; tries < RENEWALS && !own.holds(); tries++) await own.renew();
        const { id } = own;
        try {
          return await next(input);
        } catch (error) {
          if (!(error instanceof StaleFence)) throw error;
          if (!own.holds()) await own.renew();
          // Then a newer attempt has registered: the server waits for that one.
          if (own.id === id) throw error;
          throw ApplicationFailure.create({
            message: messageOf(error),
            type: error.name,
            // The retry has nothing to wait for.
            nextRetryDelay: '1ms',
          });
        }
      },
    },
  });
}
