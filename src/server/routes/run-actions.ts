import { Hono } from 'hono';
import { z } from 'zod';
import type { ConcurrencyBody } from '../../contract/api.js';
import { PLAN_LIMITS } from '../../plan/plan-schema.js';
import { carryOut } from '../carry-out.js';
import { runParam } from '../middleware/input.js';
import { emptyBody, jsonBody } from '../middleware/json-body.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

const concurrencyBody = z.strictObject({
  limit: z.int().min(1).max(PLAN_LIMITS.concurrency),
}) satisfies z.ZodType<ConcurrencyBody>;

/** `POST /api/runs/R/pause`, `resume`, `cancel`, `concurrency` and `retry-failed`: as the commands of these names. */
export const runActionsRoutes = ({ control }: Services) =>
  new Hono<ServerEnv>()
    .post('/api/runs/:run/pause', runParam(), jsonBody(emptyBody), (c) =>
      carryOut(c, () => control.pause(c.req.valid('param').run)),
    )
    .post('/api/runs/:run/resume', runParam(), jsonBody(emptyBody), (c) =>
      carryOut(c, () => control.resume(c.req.valid('param').run)),
    )
    .post('/api/runs/:run/cancel', runParam(), jsonBody(emptyBody), (c) =>
      carryOut(c, () => control.cancel(c.req.valid('param').run)),
    )
    .post('/api/runs/:run/retry-failed', runParam(), jsonBody(emptyBody), (c) =>
      carryOut(c, () => control.retryFailed(c.req.valid('param').run)),
    )
    .post('/api/runs/:run/concurrency', runParam(), jsonBody(concurrencyBody), (c) =>
      carryOut(c, () => control.setConcurrency(c.req.valid('param').run, c.req.valid('json').limit)),
    );
